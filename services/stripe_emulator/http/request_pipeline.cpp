// The steps of a call in their order: checks that refuse it, the fault, the operation, the kept answer.
#include "stripe_emulator/http/request_pipeline.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "stripe/form.hpp"
#include "stripe_emulator/http/credentials.hpp"
#include "stripe_emulator/model/version.hpp"
#include "stripe_emulator/rendering/expand.hpp"
#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {
namespace {

constexpr std::size_t kLogLines = 2000;
constexpr std::size_t kLongestKey = 255;

// The same parameters in any order give the same text.
void write_canonical(std::string& out, const json::value& value) {
    if (const auto* object = value.if_object()) {
        std::vector<const json::key_value_pair*> members;
        for (const auto& member : *object) members.push_back(&member);
        std::sort(members.begin(), members.end(), [](const auto* a, const auto* b) { return a->key() < b->key(); });
        out += '{';
        for (const auto* member : members) {
            out += json::serialize(json::string_view(member->key())) + ':';
            write_canonical(out, member->value());
        }
        out += '}';
    } else if (const auto* array = value.if_array()) {
        out += '[';
        for (const auto& element : *array) write_canonical(out, element);
        out += ']';
    } else {
        out += json::serialize(value) + ',';
    }
}

std::string fingerprint_of(const Admitted& admitted) {
    std::string text = admitted.raw.method + ' ' + admitted.raw.path + ' ';
    write_canonical(text, json::value(admitted.call.parameters));
    return text;
}

// Idempotency keys belong to an account and a mode.
std::string kept_key_of(const Admitted& admitted) {
    const auto& settings = admitted.account->settings;
    return settings.id + (settings.livemode ? " live " : " test ") + admitted.key;
}

std::string error_body(const Refusal& refusal) {
    return pretty(json::object{{"error", refusal.error}}) + '\n';
}

bool is_refusing_fault(FaultKind kind) {
    return kind == FaultKind::kRateLimit429 || kind == FaultKind::kLockTimeout429 || kind == FaultKind::kConflict409;
}

}  // namespace

RequestPipeline::RequestPipeline(Accounts& accounts, const Schema& schema, Faults& faults,
                                 std::vector<std::string> api_keys)
    : accounts_(accounts), schema_(schema), faults_(faults), api_keys_(std::move(api_keys)) {}

// Also finds the account of the call.
std::optional<Refusal> RequestPipeline::refuse_key(Admitted& admitted) const {
    const auto& raw = admitted.raw;
    const auto key = api_key_of(raw.authorization);
    if (!key) return no_api_key();
    const bool accepted = permissions_.restricts(*key) || accounts_.owns(*key) || is_accepted_key(*key, api_keys_);
    if (!accepted) return bad_api_key(*key);
    const auto account = account_of(accounts_, *key, raw.account, raw.context);
    if (!account) return account.error();
    admitted.account = *account;
    admitted.version = (*account)->settings.api_version;
    return std::nullopt;
}

std::optional<Refusal> RequestPipeline::refuse_permission(const Admitted& admitted) const {
    const auto key = api_key_of(admitted.raw.authorization).value_or("");
    const auto permission = permissions_.lacking(key, admitted.raw.method, admitted.match.route->pattern);
    if (!permission) return std::nullopt;
    return permission_missing(key, admitted.account->settings.id, *permission);
}

Result<json::object> RequestPipeline::parameters_of(const RawCall& raw, const RouteMatch& match,
                                                    std::string_view version) const {
    // The v2 API takes JSON. Its operations check the members.
    if (raw.path.starts_with("/v2/") && raw.method == "POST") {
        boost::system::error_code problem;
        auto body = json::parse(raw.body.empty() ? "{}" : raw.body, problem);
        if (problem || !body.is_object()) return parameter_invalid("", "The request body is not a JSON object.");
        return std::move(body.as_object());
    }
    const bool json_body = raw.content_type && raw.content_type->starts_with("application/json");
    if (!raw.body.empty() && json_body) {
        return parameter_invalid(
            "",
            "Invalid request (check that your POST content type is application/x-www-form-urlencoded). If you "
            "have any questions, we can help at https://support.stripe.com/.");
    }
    const auto text = raw.query.empty() || raw.body.empty() ? raw.query + raw.body : raw.query + '&' + raw.body;
    auto form = stripe::decode_form(text);
    if (!form) return parameter_invalid(form.error().parameter, form.error().message);
    return schema_.check(raw.method, match.route->pattern, version, *form);
}

// All checks that can refuse a call before it starts. Fills in the fields that the call needs.
std::optional<Refusal> RequestPipeline::refuse_before_start(Admitted& admitted, const Now& now) {
    const auto& raw = admitted.raw;
    if (auto refused = refuse_key(admitted)) return refused;
    if (raw.version) {
        if (!is_api_version(*raw.version)) return parameter_invalid("", "Invalid Stripe API version: " + *raw.version);
        admitted.version = *raw.version;
    }
    auto match = find_route(raw.method, raw.path);
    if (!match) return unrecognized_url(raw.method, raw.path);
    admitted.match = std::move(*match);
    if (auto refused = refuse_permission(admitted)) return refused;
    if (raw.method == "POST" && raw.idempotency_key) {
        admitted.key = *raw.idempotency_key;
        if (admitted.key.size() > kLongestKey) {
            return parameter_invalid("", "Invalid Idempotency-Key: keys can be up to 255 characters long.");
        }
    }
    if (const auto* fault = faults_.strike_call(raw.method, raw.path, admitted.key)) admitted.fault = *fault;
    auto& call = admitted.call;
    call.version = admitted.version;
    call.shape = shape_of(admitted.version);
    call.path = admitted.match.path;
    call.cause = {now, admitted.request_id, admitted.key};
    auto parameters = parameters_of(raw, admitted.match, call.version);
    if (!parameters) return parameters.error();
    call.parameters = std::move(*parameters);
    return std::nullopt;
}

// A fault that refuses the call instead of performing it.
std::optional<Refusal> RequestPipeline::refuse_by_fault(const Admitted& admitted) const {
    const auto& fault = *admitted.fault;
    auto refused = fault.kind == FaultKind::kRateLimit429     ? rate_limited(fault.reason)
                   : fault.kind == FaultKind::kLockTimeout429 ? lock_timeout()
                   : fault.kind == FaultKind::kConflict409    ? idempotency_in_use(admitted.key)
                                                              : server_error();
    refused.began = fault.stored.value_or(refused.began);
    if (fault.should_retry) refused.should_retry = fault.should_retry;
    return refused;
}

RequestPipeline::Admission RequestPipeline::admit(RawCall raw, const Now& now) {
    Admitted admitted;
    admitted.raw = std::move(raw);
    admitted.request_id = accounts_.first().ids.plain("req_");
    admitted.version = accounts_.first().settings.api_version;
    if (auto refused = refuse_before_start(admitted, now)) return {refuse(admitted, *refused), std::nullopt};

    const auto& fault = admitted.fault;
    // These faults come before the idempotency layer, unless the rule asks that they are kept as at Stripe.
    if (fault && is_refusing_fault(fault->kind) && !fault->stored.value_or(false)) {
        return {refuse(admitted, *refuse_by_fault(admitted)), std::nullopt};
    }
    if (fault && fault->kind == FaultKind::kDropBefore) {
        auto dropped = refuse(admitted, server_error());
        dropped.drop_connection = true;
        return {std::move(dropped), std::nullopt};
    }
    if (!admitted.key.empty()) {
        switch (keys_.begin(kept_key_of(admitted), fingerprint_of(admitted), now.schedule_ms)) {
            case KeyState::kFresh:
                break;
            case KeyState::kReplay:
                admitted.replay = true;
                break;
            case KeyState::kOtherRequest:
                return {refuse(admitted, idempotency_mismatch(admitted.key)), std::nullopt};
            case KeyState::kInUse:
                return {refuse(admitted, idempotency_in_use(admitted.key)), std::nullopt};
        }
    }
    return {std::nullopt, std::move(admitted)};
}

Answer RequestPipeline::perform(const Admitted& admitted, const Now& now) {
    const auto kind = admitted.fault ? std::optional(admitted.fault->kind) : std::nullopt;
    const bool drops = kind == FaultKind::kDropAfter;
    if (admitted.replay) {
        auto again = replay(admitted);
        again.drop_connection = drops;
        return again;
    }
    auto call = admitted.call;
    call.cause.now = now;
    const bool refuses = kind && (is_refusing_fault(*kind) || *kind == FaultKind::kError500Before);
    auto result = refuses ? Result<json::object>(*refuse_by_fault(admitted))
                          : admitted.match.route->operation(*admitted.account, call);
    if (result) {
        if (const auto* paths = array_of(call.parameters, "expand")) {
            if (auto expanded = expand(*admitted.account, call.shape, *paths, *result); !expanded)
                result = expanded.error();
        }
    }
    // The effect has happened, and its answer is lost for good: a retry gets the 500 again.
    if (kind == FaultKind::kError500After) result = *refuse_by_fault(admitted);

    Answer answer;
    if (result) {
        const auto body = pretty(*result) + '\n';
        const auto should_retry = admitted.key.empty() ? std::nullopt : std::optional(false);
        keep(admitted, 200, body, should_retry);
        answer = finish(admitted, 200, body, should_retry, {}, admitted.request_id);
    } else {
        const auto& refused = result.error();
        if (refused.began) {
            keep(admitted, refused.status, error_body(refused), refused.should_retry);
        } else if (!admitted.key.empty()) {
            keys_.forget(kept_key_of(admitted));
        }
        answer = refuse(admitted, refused);
    }
    answer.drop_connection = drops;
    return answer;
}

Answer RequestPipeline::drop(const Admitted& admitted) {
    if (!admitted.key.empty() && !admitted.replay) keys_.forget(kept_key_of(admitted));
    auto dropped = refuse(admitted, server_error());
    dropped.drop_connection = true;
    return dropped;
}

Answer RequestPipeline::answer(RawCall raw, const Now& now) {
    auto admission = admit(std::move(raw), now);
    return admission.answer ? std::move(*admission.answer) : perform(*admission.admitted, now);
}

Answer RequestPipeline::not_found(std::string_view method, std::string_view path) {
    Admitted admitted;
    admitted.raw.method = method;
    admitted.raw.path = path;
    admitted.request_id = accounts_.first().ids.plain("req_");
    admitted.version = accounts_.first().settings.api_version;
    return refuse(admitted, unrecognized_url(method, path));
}

void RequestPipeline::keep(const Admitted& admitted, int status, const std::string& body,
                           std::optional<bool> should_retry) {
    if (!admitted.key.empty()) keys_.keep(kept_key_of(admitted), {status, body, admitted.request_id, should_retry});
}

Answer RequestPipeline::refuse(const Admitted& admitted, const Refusal& refusal) {
    return finish(admitted, refusal.status, error_body(refusal), refusal.should_retry, refusal.headers,
                  admitted.request_id);
}

Answer RequestPipeline::replay(const Admitted& admitted) {
    const auto& stored = keys_.answer(kept_key_of(admitted));
    return finish(admitted, stored.status, stored.body, stored.should_retry, {{"Idempotent-Replayed", "true"}},
                  stored.request_id);
}

Answer RequestPipeline::finish(const Admitted& admitted, int status, std::string body, std::optional<bool> should_retry,
                               const std::vector<std::pair<std::string, std::string>>& more,
                               const std::string& original_request) {
    Answer answer;
    answer.status = status;
    answer.body = std::move(body);
    answer.headers.emplace_back("Request-Id", admitted.request_id);
    answer.headers.emplace_back("Stripe-Version", admitted.version);
    if (!admitted.key.empty()) {
        answer.headers.emplace_back("Idempotency-Key", admitted.key);
        answer.headers.emplace_back("Original-Request", original_request);
    }
    if (should_retry) answer.headers.emplace_back("Stripe-Should-Retry", *should_retry ? "true" : "false");
    if (admitted.raw.account) answer.headers.emplace_back("Stripe-Account", *admitted.raw.account);
    answer.headers.insert(answer.headers.end(), more.begin(), more.end());

    const auto fault =
        admitted.fault ? std::string(faults_.show(*admitted.fault).at("kind").as_string()) : std::string{};
    log_.push_back(
        {admitted.request_id, admitted.raw.method, admitted.raw.path, admitted.key, status, admitted.replay, fault});
    if (log_.size() > kLogLines) log_.pop_front();
    return answer;
}

}  // namespace quittance::stripe_emulator
