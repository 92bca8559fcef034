// Handlers of the routes by which tests control the emulator: faults, the clock, idempotency keys, webhook secrets.
// Bodies and answers are JSON.
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <charconv>

#include "stripe_emulator/billing/billing.hpp"
#include "stripe_emulator/http/frontend.hpp"
#include "stripe_emulator/operations/shared_steps.hpp"
#include "stripe_emulator/payments/payments.hpp"
#include "stripe_emulator/rendering/render.hpp"
#include "stripe_emulator/thin_events/thin_events.hpp"

namespace quittance::stripe_emulator {
namespace {

namespace asio = boost::asio;

constexpr std::int64_t kDaySeconds = 86'400;
constexpr std::int64_t kLongestAdvanceSeconds = 365 * kDaySeconds;
constexpr std::int64_t kRollOverlapSeconds = 86'400;

http::Response show(const json::value& value) {
    http::Response response;
    response.body = pretty(value) + '\n';
    return response;
}

http::Response refuse(const Refusal& refusal) {
    auto response = show(json::object{{"error", refusal.error}});
    response.status = refusal.status;
    return response;
}

// The body as a JSON object; an empty one is {}.
Result<json::value> body_of(const http::Request& request) {
    if (request.body.empty()) return json::value(json::object{});
    boost::system::error_code problem;
    auto body = json::parse(request.body, problem);
    if (problem) return invalid_request("The body is not JSON.");
    return body;
}

Result<json::object> object_in(const http::Request& request) {
    auto body = body_of(request);
    if (!body) return body.error();
    if (!body->is_object()) return invalid_request("The body is not a JSON object.");
    return std::move(body->as_object());
}

std::optional<std::uint64_t> number_in_path(const http::Request& request) {
    const auto& text = request.path_parameters.at(0);
    std::uint64_t number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

}  // namespace

// One rule, or an array of them.
asio::awaitable<http::Response> Frontend::add_faults(const http::Request& request) {
    const auto body = body_of(request);
    if (!body) co_return refuse(body.error());
    const auto rules = body->is_array() ? body->get_array() : json::array{*body};
    json::array added;
    for (const auto& given : rules) {
        if (!given.is_object()) co_return refuse(invalid_request("A fault is a JSON object."));
        const auto rule = faults_.add(given.get_object());
        if (!rule) co_return refuse(rule.error());
        added.push_back(faults_.show(**rule));
    }
    if (!body->is_array()) co_return show(added[0]);
    co_return show(added);
}

asio::awaitable<http::Response> Frontend::list_faults(const http::Request&) {
    json::array rules;
    for (const auto& rule : faults_.rules()) rules.push_back(faults_.show(rule));
    co_return show(rules);
}

asio::awaitable<http::Response> Frontend::clear_faults(const http::Request&) {
    faults_.clear();
    const auto released = release_held(std::nullopt);
    co_return show(json::object{{"released", released}});
}

asio::awaitable<http::Response> Frontend::remove_fault(const http::Request& request) {
    const auto id = number_in_path(request);
    if (!id || !faults_.remove(*id)) co_return refuse(no_such_in_path("fault", request.path_parameters.at(0), "id"));
    const auto released = release_held(*id);
    co_return show(json::object{{"released", released}});
}

// {"fault": id} releases the calls that this rule holds, {} releases all. With {"drop": true} they end unperformed.
asio::awaitable<http::Response> Frontend::release(const http::Request& request) {
    const auto body = object_in(request);
    if (!body) co_return refuse(body.error());
    std::optional<std::uint64_t> fault;
    if (const auto id = integer_of(*body, "fault")) fault = static_cast<std::uint64_t>(*id);
    const auto released = release_held(fault, boolean_of(*body, "drop").value_or(false));
    co_return show(json::object{{"released", released}});
}

// {"seconds": n} or {"days": n} moves the schedule clock forward and runs all steps that are due. Webhooks are sent as
// usual.
asio::awaitable<http::Response> Frontend::advance(const http::Request& request) {
    const auto body = object_in(request);
    if (!body) co_return refuse(body.error());
    const auto days = integer_of(*body, "days");
    const auto* unit = days ? "days" : "seconds";
    const auto most = days ? kLongestAdvanceSeconds / kDaySeconds : kLongestAdvanceSeconds;
    const auto steps = days ? days : integer_of(*body, "seconds");
    if (!steps || *steps < 0 || *steps > most) {
        co_return refuse(invalid_request("must be 0 to " + std::to_string(most), unit));
    }
    clock_.advance(*steps * (days ? kDaySeconds : 1) * 1000);
    const auto now = clock_.now();
    for (const auto& account : accounts_.all()) run_agenda(*account, now);
    pump_.poke();
    co_return show(json::object{{"schedule_ms", now.schedule_ms}});
}

// {"charge": "ch_…"} or {"invoice": "in_…"}, {"status": "needs_response"}: opens the dispute, or changes its status.
asio::awaitable<http::Response> Frontend::dispute(const http::Request& request) {
    const auto body = object_in(request);
    if (!body) co_return refuse(body.error());
    const auto account = account_in(request);
    if (!account) co_return refuse(account.error());
    const auto moved = move_dispute(**account, Cause{clock_.now(), "", ""}, *body);
    if (!moved) co_return refuse(moved.error());
    pump_.poke();
    co_return show(*moved);
}

// Makes a refund fail, as if the payer's bank had returned it.
asio::awaitable<http::Response> Frontend::fail_refund_of(const http::Request& request) {
    const auto account = account_in(request);
    if (!account) co_return refuse(account.error());
    const auto failed = fail_refund(**account, Cause{clock_.now(), "", ""}, request.path_parameters.at(0));
    if (!failed) co_return refuse(failed.error());
    pump_.poke();
    co_return show(*failed);
}

// {"succeeds": true}: the payer authenticates a PaymentIntent, or a bank debit clears; false: neither does.
asio::awaitable<http::Response> Frontend::settle_intent_of(const http::Request& request) {
    const auto body = object_in(request);
    if (!body) co_return refuse(body.error());
    const auto account = account_in(request);
    if (!account) co_return refuse(account.error());
    const bool succeeds = boolean_of(*body, "succeeds").value_or(true);
    const auto done = settle_intent(**account, Cause{clock_.now(), "", ""}, request.path_parameters.at(0), succeeds);
    if (!done) co_return refuse(done.error());
    pump_.poke();
    co_return show(*done);
}

// Tells by a health event of each event that went missing, or of {"event_type": "invoice.paid", "object": "in_…"}.
asio::awaitable<http::Response> Frontend::report_missing(const http::Request& request) {
    const auto body = object_in(request);
    if (!body) co_return refuse(body.error());
    const auto account = account_in(request);
    if (!account) co_return refuse(account.error());
    const auto reported = report_missing_events(**account, Cause{clock_.now(), "", ""}, *body);
    if (!reported) co_return refuse(reported.error());
    pump_.poke();
    co_return show(json::object{{"reported", *reported}});
}

// {"deliveries": true} pauses webhooks, false resumes them.
asio::awaitable<http::Response> Frontend::pause(const http::Request& request) {
    const auto body = object_in(request);
    if (!body) co_return refuse(body.error());
    const auto deliveries = boolean_of(*body, "deliveries");
    if (!deliveries) co_return refuse(invalid_request("must be true or false", "deliveries"));
    pump_.set_paused(*deliveries);
    co_return show(json::object{{"deliveries", *deliveries}});
}

// {"id": "acct_…", "keys": ["sk_test_…"], "connected_to": "acct_…"}: an account with keys of its own, or one that
// another account's keys reach with Stripe-Account.
asio::awaitable<http::Response> Frontend::add_account(const http::Request& request) {
    const auto body = object_in(request);
    if (!body) co_return refuse(body.error());
    const auto id = text_of(*body, "id");
    if (!id || !id->starts_with("acct_")) co_return refuse(invalid_request("must be an account id, acct_…", "id"));
    const auto platform = text_of(*body, "connected_to").value_or("");
    if (!platform.empty() && !accounts_.knows(platform)) {
        co_return refuse(invalid_request("must be an account that the emulator knows", "connected_to"));
    }
    accounts_.add(*id, platform);
    if (const auto* keys = array_of(*body, "keys")) {
        for (const auto& key : *keys) {
            if (!key.is_string()) co_return refuse(invalid_request("must be an array of API keys", "keys"));
            accounts_.give_key(std::string(key.get_string()), *id);
        }
    }
    co_return show(json::object{{"id", *id}});
}

// {"older_than_seconds": n} on the schedule clock; Stripe may forget a key after 24 hours.
asio::awaitable<http::Response> Frontend::prune_keys(const http::Request& request) {
    const auto body = object_in(request);
    if (!body) co_return refuse(body.error());
    const auto age = integer_of(*body, "older_than_seconds").value_or(0);
    const auto pruned = pipeline_.keys().prune(clock_.now().schedule_ms - age * 1000 + 1);
    co_return show(json::object{{"pruned", pruned}});
}

// {"key": "rk_test_…", "permissions": ["rak_invoice_write", …]}: sets the permissions of a restricted key.
asio::awaitable<http::Response> Frontend::restrict_key(const http::Request& request) {
    const auto body = object_in(request);
    if (!body) co_return refuse(body.error());
    const auto key = text_of(*body, "key");
    if (!key || !key->starts_with("rk_")) co_return refuse(invalid_request("must be a restricted key, rk_…", "key"));
    const auto* given = array_of(*body, "permissions");
    if (given == nullptr) co_return refuse(invalid_request("must be an array of names", "permissions"));
    std::set<std::string> permissions;
    for (const auto& name : *given) {
        if (!name.is_string()) co_return refuse(invalid_request("must be an array of names", "permissions"));
        permissions.emplace(name.get_string());
    }
    pipeline_.permissions().restrict(*key, std::move(permissions));
    co_return show(json::object{{"permissions", *given}});
}

// Makes a new secret. The old one signs as well for `overlap_seconds` on the schedule clock (a day unless given).
asio::awaitable<http::Response> Frontend::roll_secret(const http::Request& request) {
    const auto body = object_in(request);
    if (!body) co_return refuse(body.error());
    const auto account = account_in(request);
    if (!account) co_return refuse(account.error());
    auto* endpoint = (*account)->endpoints.find(request.path_parameters.at(0));
    if (endpoint == nullptr || endpoint->deleted) {
        co_return refuse(no_such_in_path("webhook endpoint", request.path_parameters.at(0), "id"));
    }
    constexpr std::size_t kSecretLength = 32;
    const auto overlap = integer_of(*body, "overlap_seconds").value_or(kRollOverlapSeconds);
    const auto given = text_of(*body, "secret");
    endpoint->old_secret = endpoint->secret;
    endpoint->old_secret_until_ms = clock_.now().schedule_ms + overlap * 1000;
    endpoint->secret = given ? *given : (*account)->ids.plain("whsec_", kSecretLength);
    const json::array secrets{json::value(endpoint->secret), json::value(*endpoint->old_secret)};
    co_return show(json::object{{"id", endpoint->id}, {"secrets", secrets}});
}

}  // namespace quittance::stripe_emulator
