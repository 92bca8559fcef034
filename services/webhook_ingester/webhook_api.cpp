#include "webhook_ingester/webhook_api.hpp"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <optional>
#include <utility>

#include "base/timestamps.hpp"
#include "http/server/problem.hpp"
#include "runtime/log.hpp"
#include "stripe/creation_trace.hpp"
#include "stripe/relayed_events.hpp"
#include "tracing/span.hpp"
#include "webhook_ingester/thin_events.hpp"

namespace quittance::webhook_ingester {
namespace {

namespace asio = boost::asio;

constexpr std::int64_t kMillisPerSecond = 1'000;

constexpr std::int64_t kStrangerLogSeconds = 60;

// In quittance_refusals_total. The reasons of webhooks are those of stripe::SignatureProblem.
constexpr std::string_view kWebhookSurface = "webhook";
constexpr std::string_view kRelaySurface = "relay";
constexpr std::string_view kTooManyRefusals = "too_many_refusals";
constexpr std::string_view kUnknownAccount = "unknown_account";
constexpr std::array<std::string_view, 10> kWebhookReasons{"no_secret",           "missing_header", "bad_header",
                                                           "no_signatures",       "no_match",       "timestamp_too_old",
                                                           "timestamp_in_future", "bad_payload",    kTooManyRefusals};
constexpr std::array<std::string_view, 2> kRelayReasons{"invalid_api_key", kTooManyRefusals};

// For log lines that outsiders or an outage could cause in masses: one in so many seconds is written, and metrics count
// the rest.
bool first_in(std::int64_t seconds, std::int64_t& last) {
    const auto now = base::unix_now();
    if (now < last + seconds && now >= last) return false;
    last = now;
    return true;
}

bool first_this_second(std::int64_t& last) {
    return first_in(1, last);
}

// Nothing if the event is not durable.
std::optional<Outcome> durable_outcome(v1::EventOutcome::State state) {
    switch (state) {
        case v1::EventOutcome::APPLIED:
            return Outcome::kApplied;
        case v1::EventOutcome::STALE:
            return Outcome::kStale;
        case v1::EventOutcome::DUPLICATE:
            return Outcome::kDuplicate;
        case v1::EventOutcome::IGNORED:
            return Outcome::kIgnored;
        case v1::EventOutcome::NEEDS_REFETCH:
            return Outcome::kNeedsRefetch;
        case v1::EventOutcome::DEAD:
            return Outcome::kDead;
        default:
            return std::nullopt;
    }
}

Outcome failure_of(grpc::StatusCode code) {
    switch (code) {
        case grpc::StatusCode::UNAVAILABLE:
        case grpc::StatusCode::CANCELLED:
            return Outcome::kStoreUnavailable;
        case grpc::StatusCode::DEADLINE_EXCEEDED:
        case grpc::StatusCode::RESOURCE_EXHAUSTED:
            return Outcome::kStoreTooSlow;
        default:
            return Outcome::kStoreRefused;
    }
}

// The invoice that the event shows, or whose payment it tells of.
std::string invoice_of(const v1::InvoiceEvent& event) {
    return event.has_invoice() ? event.invoice().stripe_invoice_id() : event.payment_fact().stripe_invoice_id();
}

grpc::Status nobody_to_ask() {
    return rpc::make_status(grpc::StatusCode::UNIMPLEMENTED, "nobody can be asked for the event's object",
                            "nobody_to_ask");
}

http::Response problem(const http::Request& request, int status, std::string code, std::string detail) {
    http::Problem body;
    body.status = status;
    body.code = std::move(code);
    body.detail = std::move(detail);
    body.request_id = request.request_id;
    body.trace_id = base::trace_id_of(request.trace);
    return http::problem_response(body);
}

http::Response accepted(Outcome outcome) {
    http::Response response;
    response.body = R"({"outcome":")" + std::string(name_of(outcome)) + R"("})";
    return response;
}

}  // namespace

struct WebhookApi::Delivery {
    explicit Delivery(const http::Request& given) : request(given) {}

    const http::Request& request;
    std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
    std::string event_id;
    std::string type;
    std::int64_t event_seconds = 0;
    std::string stripe_account_id;
    std::string account;
    bool livemode = false;
    std::string invoice;                      // at Stripe; empty where the event does not show it
    tracing::Span span;                       // of the event's way, in the trace of the request or one of its own
    std::optional<v1::InvoiceEvent> payment;  // a payment fact, which may leave a question
};

rpc::CallOptions WebhookApi::origin_of(const Delivery& delivery) {
    rpc::CallOptions options;
    options.request_id = delivery.request.request_id;
    options.trace = delivery.span.context().empty() ? delivery.request.trace : delivery.span.context();
    return options;
}

// Linked to the creation of the invoice, if that was ours. Sampled with the request, or as the creation is.
tracing::Span WebhookApi::span_of(const Delivery& delivery, const v1::InvoiceEvent& event) {
    const auto& metadata = event.invoice().metadata();
    const auto key = metadata.find(std::string(stripe::kCreationKeyName));
    const auto creation = stripe::creation_trace(
        delivery.account, key == metadata.end() ? std::string_view() : std::string_view(key->second));
    auto trace = base::new_trace();
    trace.sampled = !creation.empty() && tracing::samples(creation);
    const auto name = "process " + delivery.type;
    auto span = delivery.request.trace.sampled ? tracing::Span(name, tracing::Kind::kConsumer, delivery.request.trace)
                                               : tracing::Span::first_of(trace, name, tracing::Kind::kConsumer);
    span.link_to(creation);
    span.set({"messaging.system", "stripe"});
    span.set({"messaging.message.id", delivery.event_id});
    span.set({"quittance.account", delivery.account});
    if (!delivery.invoice.empty()) span.set({"quittance.invoice", delivery.invoice});
    span.set({"quittance.request_id", delivery.request.request_id});
    return span;
}

WebhookApi::WebhookApi(EventForwarder& forwarder, WebhookSettings settings, runtime::Metrics& metrics)
    : forwarder_(forwarder),
      settings_(std::move(settings)),
      metrics_(metrics),
      refusals_(std::move(settings_.refusals), metrics) {
    refusals_.declare(kWebhookSurface, kWebhookReasons);
    refusals_.declare(kRelaySurface, kRelayReasons);
    const auto accounts = settings_.accounts;
    use_secrets(accounts);
}

void WebhookApi::use_secrets(const std::vector<WebhookAccount>& accounts) {
    secrets_.clear();
    account_of_secret_.clear();
    metrics_.forget_secrets();
    for (std::size_t i = 0; i < settings_.accounts.size(); ++i) {
        auto& account = settings_.accounts[i];
        account.secrets = accounts[i].secrets;
        for (const auto& secret : account.secrets) {
            secrets_.push_back(secret);
            account_of_secret_.push_back(i);
        }
        metrics_.add_secrets(account.label, account.secrets.size());
    }
    secret_count_ = secrets_.size();
}

WebhookApi::SecretRange WebhookApi::secrets_of(const WebhookAccount* account) const {
    if (account == nullptr) return {secrets_, 0};
    const auto place = static_cast<std::size_t>(account - settings_.accounts.data());
    const auto first = std::find(account_of_secret_.begin(), account_of_secret_.end(), place);
    return {account->secrets, static_cast<std::size_t>(first - account_of_secret_.begin())};
}

asio::awaitable<http::Response> WebhookApi::receive(const http::Request& request) {
    return receive_signed(request, nullptr);
}

asio::awaitable<http::Response> WebhookApi::receive_for_account(const http::Request& request) {
    const auto& label = request.path_parameters.front();
    const auto account = std::find_if(settings_.accounts.begin(), settings_.accounts.end(),
                                      [&label](const auto& known) { return known.label == label; });
    if (account == settings_.accounts.end()) co_return refuse_label(request);
    co_return co_await receive_signed(request, &*account);
}

asio::awaitable<http::Response> WebhookApi::receive_signed(const http::Request& request,
                                                           const WebhookAccount* account) {
    Delivery delivery(request);
    const auto signature = request.header("Stripe-Signature");
    if (request.unread_body != nullptr) {
        const auto problem = stripe::check_signature_header(signature, secrets_of(account).secrets, base::unix_now());
        if (problem != stripe::SignatureProblem::kNone) co_return refuse_signature(delivery, problem);
        // Only the body shows whether Stripe has signed it.
        auto failure = co_await request.unread_body->read(http::Sender::kStranger);
        if (failure) co_return std::move(*failure);
    }
    // The secrets may have changed while the body was read.
    const auto [secrets, first] = secrets_of(account);
    const auto check = stripe::verify_signature(signature, request.body, secrets, base::unix_now());
    if (check.problem != stripe::SignatureProblem::kNone) co_return refuse_signature(delivery, check.problem);
    const auto secret = first + check.secret_index;
    metrics_.count_secret(secret);
    co_return co_await take(request, settings_.accounts[account_of_secret_[secret]], request.body);
}

asio::awaitable<http::Response> WebhookApi::receive_relayed(const http::Request& request) {
    const bool one_key = http::count_headers(request.headers, "Api-Key") == 1;
    const auto label = one_key ? settings_.relay_keys.name_of(request.header("Api-Key")) : std::string_view();
    const auto account = std::find_if(settings_.accounts.begin(), settings_.accounts.end(),
                                      [label](const auto& known) { return known.label == label; });
    if (label.empty() || account == settings_.accounts.end()) co_return refuse_key(request);
    if (request.unread_body != nullptr) {
        auto failure = co_await request.unread_body->read(http::Sender::kCaller);
        if (failure) co_return std::move(*failure);
    }
    const auto relayed = stripe::read_relayed_events(request.body);
    if (relayed.has_error()) co_return refuse_body(Delivery(request), relayed.error());
    http::Response response;
    if (!relayed->validation_code.empty())
        response.body = boost::json::serialize(boost::json::object{{"validationResponse", relayed->validation_code}});
    for (const auto& event : relayed->events) {
        auto taken = co_await take(request, *account, event);
        if (taken.status != 200) co_return taken;
        response = std::move(taken);
    }
    co_return response;
}

asio::awaitable<http::Response> WebhookApi::take(const http::Request& request, const WebhookAccount& account,
                                                 std::string_view body) {
    Delivery delivery(request);
    auto read = stripe::read_event(body);
    if (read.has_error()) co_return refuse_body(delivery, read.error());
    auto& event = read->event;
    delivery.event_id = event.event_id();
    delivery.type = event.type();
    delivery.event_seconds = event.event_time().seconds();
    delivery.stripe_account_id = event.stripe_account_id();
    if (account.livemode != event.livemode()) co_return skip_stranger(delivery, account, Outcome::kWrongMode);
    const auto* label = label_of(account, event.stripe_account_id());
    if (label == nullptr) co_return skip_stranger(delivery, account, Outcome::kForeignAccount);
    if (!read->concerns_invoice) co_return skip(delivery, read->thin ? Outcome::kThinEvent : Outcome::kNotOurs);
    delivery.account = *label;
    delivery.livemode = event.livemode();
    event.set_account(*label);
    if (read->thin) {
        auto thin = std::move(*read);
        co_return co_await receive_thin(delivery, account, std::move(thin));
    }
    if (event.has_invoice()) event.mutable_invoice()->set_account(*label);
    if (event.payload().size() > kLargestPayload) event.clear_payload();
    if (event.has_invoice() && event.ByteSizeLong() > kLargestMessage) {
        auto invoice = event.invoice().stripe_invoice_id();
        co_return co_await ask_for(delivery, std::move(invoice));
    }
    auto whole = std::move(event);
    co_return co_await apply(delivery, std::move(whole));
}

asio::awaitable<http::Response> WebhookApi::apply(Delivery& delivery, v1::InvoiceEvent event) {
    if (event.has_payment_fact()) {
        delivery.payment.emplace(event);
        delivery.payment->clear_payload();
    }
    delivery.invoice = invoice_of(event);
    delivery.span = span_of(delivery, event);
    auto origin = origin_of(delivery);
    const auto outcome = co_await forwarder_.apply(std::move(event), std::move(origin));
    auto response = answer(delivery, outcome);
    delivery.span.set({"quittance.outcome", response.status == 200 ? "durable" : "not stored"});
    if (response.status != 200) delivery.span.fail(response.code);
    co_return response;
}

asio::awaitable<http::Response> WebhookApi::receive_thin(Delivery& delivery, const WebhookAccount& account,
                                                         stripe::EventRead read) {
    if (settings_.services == nullptr) co_return ask_again_later(delivery, nobody_to_ask());
    if (delivery.type == stripe::kFailedEventsType) note_failed_event(delivery);
    const auto deadline = std::chrono::system_clock::now() + settings_.ack_timeout / 2;
    auto options = origin_of(delivery);
    options.deadline = deadline;
    auto content = co_await read_thin_event(settings_.services->gateway, account, read.event, *read.thin, options);
    if (content.has_error()) co_return ask_again_later(delivery, content.error());
    if (content->label.empty()) co_return skip_stranger(delivery, account, Outcome::kForeignAccount);
    delivery.account = content->label;
    if (content->event) {
        auto event = std::move(*content->event);
        co_return co_await apply(delivery, std::move(event));
    }
    if (content->stripe_invoice_id.empty()) co_return skip(delivery, Outcome::kThinEvent);
    auto invoice = std::move(content->stripe_invoice_id);
    co_return co_await ask_for(delivery, std::move(invoice));
}

void WebhookApi::note_failed_event(const Delivery& delivery) {
    metrics_.count_failed_event();
    runtime::log_warn("Stripe failed to make an event: its object is asked for",
                      {{"event", delivery.event_id}, {"request_id", delivery.request.request_id}});
}

asio::awaitable<http::Response> WebhookApi::ask_for(Delivery& delivery, std::string stripe_invoice_id) {
    if (settings_.services == nullptr) co_return ask_again_later(delivery, nobody_to_ask());
    v1::RequestRefetchesRequest request;
    auto& refetch = *request.add_refetches();
    refetch.set_account(delivery.account);
    refetch.set_livemode(delivery.livemode);
    refetch.set_stripe_invoice_id(stripe_invoice_id);
    delivery.invoice = stripe_invoice_id;
    auto options = origin_of(delivery);
    options.deadline = std::chrono::system_clock::now() + settings_.ack_timeout / 2;
    const auto noted = co_await settings_.services->store.request_refetches(request, options);
    if (noted.has_error()) co_return ask_again(delivery, noted.error());
    metrics_.count(Outcome::kNeedsRefetch, delivery.start);
    metrics_.note_event_time(delivery.event_seconds);
    log_durable(delivery, Outcome::kNeedsRefetch);
    if (settings_.follow_up) {
        Followup followup;
        followup.account = delivery.account;
        followup.stripe_invoice_id = std::move(stripe_invoice_id);
        settings_.follow_up(std::move(followup));
    }
    co_return accepted(Outcome::kNeedsRefetch);
}

http::Response WebhookApi::refuse(const http::Request& request, http::Refusal refusal, http::Response answer) {
    if (const auto wait = refusals_.book(request)) {
        refusal.reason = kTooManyRefusals;
        answer = http::too_many_refusals(request, *wait);
    }
    refusals_.note(request, refusal);
    return answer;
}

http::Response WebhookApi::refuse_key(const http::Request& request) {
    const Delivery delivery(request);
    metrics_.count(Outcome::kBadSignature, delivery.start);
    return refuse(request, {kRelaySurface, kRelayReasons.front(), "POST /events/stripe"},
                  problem(request, 401, "invalid_api_key", "The request needs the Api-Key of a relay."));
}

http::Response WebhookApi::refuse_label(const http::Request& request) {
    const Delivery delivery(request);
    metrics_.count(Outcome::kBadSignature, delivery.start);
    return refuse(request, {kWebhookSurface, kUnknownAccount, "POST /webhooks/stripe/{label}"},
                  problem(request, 404, "unknown_account",
                          "The path names no account. It ends in the label of an account, as STRIPE_ACCOUNTS has it."));
}

http::Response WebhookApi::refuse_signature(const Delivery& delivery, stripe::SignatureProblem signature) {
    metrics_.count(Outcome::kBadSignature, delivery.start);
    const auto reason = name_of(signature);
    const auto route =
        delivery.request.path_parameters.empty() ? "POST /webhooks/stripe" : "POST /webhooks/stripe/{label}";
    return refuse(delivery.request, {kWebhookSurface, reason, route},
                  problem(delivery.request, 400, "signature_" + std::string(reason),
                          "The webhook's signature was not accepted."));
}

http::Response WebhookApi::refuse_body(const Delivery& delivery, const stripe::ReadError& error) {
    metrics_.count(Outcome::kNotAnEvent, delivery.start);
    // The signature is right and the body is no event: a change at Stripe, or a bug in our reader.
    runtime::log_error("a signed webhook is no event",
                       {{"reason", error.detail}, {"request_id", delivery.request.request_id}});
    return problem(delivery.request, 400, "not_an_event", error.detail);
}

http::Response WebhookApi::skip(const Delivery& delivery, Outcome outcome) {
    metrics_.count(outcome, delivery.start);
    runtime::log_debug(
        "skipped",
        {{"event", delivery.event_id}, {"type", delivery.type}, {"request_id", delivery.request.request_id}});
    return accepted(outcome);
}

// The endpoint, or the configuration, is set up for something else. Somebody should look, so this is a warning.
http::Response WebhookApi::skip_stranger(const Delivery& delivery, const WebhookAccount& account, Outcome outcome) {
    if (first_in(kStrangerLogSeconds, last_stranger_logged_))
        runtime::log_warn("an event of another mode or account was skipped",
                          {{"outcome", name_of(outcome)},
                           {"account", account.label},
                           {"livemode", account.livemode},
                           {"stripe_account", delivery.stripe_account_id},
                           {"event", delivery.event_id},
                           {"request_id", delivery.request.request_id}});
    return skip(delivery, outcome);
}

http::Response WebhookApi::answer(const Delivery& delivery, const rpc::Reply<v1::EventOutcome>& outcome) {
    if (outcome.has_error()) return ask_again(delivery, outcome.error());
    const auto durable = durable_outcome(outcome->state());
    if (!durable)
        return ask_again(delivery, rpc::make_status(grpc::StatusCode::ABORTED, outcome->detail(), "store_retry"));
    metrics_.count(*durable, delivery.start);
    metrics_.note_event_time(delivery.event_seconds);
    follow_up(delivery, *outcome);
    if (*durable == Outcome::kDead)
        runtime::log_error("an event was parked", {{"event", delivery.event_id},
                                                   {"type", delivery.type},
                                                   {"invoice", delivery.invoice},
                                                   {"reason", outcome->detail()},
                                                   {"request_id", delivery.request.request_id}});
    else
        log_durable(delivery, *durable);
    return accepted(*durable);
}

void WebhookApi::log_durable(const Delivery& delivery, Outcome outcome) {
    const auto left_out = durable_lines_.admit();
    if (!left_out) return;
    const auto trace_id = base::trace_id_of(delivery.request.trace);
    runtime::log_info("durable", {{"event", delivery.event_id},
                                  {"type", delivery.type},
                                  {"account", delivery.account},
                                  {"invoice", delivery.invoice},
                                  {"outcome", name_of(outcome)},
                                  {"request_id", delivery.request.request_id},
                                  {"trace_id", trace_id},
                                  {"left_out", *left_out}});
}

void WebhookApi::follow_up(const Delivery& delivery, const v1::EventOutcome& outcome) const {
    if (!settings_.follow_up) return;
    v1::InvoiceEvent event;
    if (delivery.payment) event = *delivery.payment;
    event.set_account(delivery.account);
    if (auto left = followup_of(event, outcome)) settings_.follow_up(std::move(*left));
}

http::Response WebhookApi::ask_again(const Delivery& delivery, const grpc::Status& status) {
    return not_taken(delivery, status, failure_of(status.error_code()));
}

http::Response WebhookApi::ask_again_later(const Delivery& delivery, const grpc::Status& status) {
    return not_taken(delivery, status, Outcome::kStripeUnavailable);
}

http::Response WebhookApi::not_taken(const Delivery& delivery, const grpc::Status& status, Outcome outcome) {
    metrics_.count(outcome, delivery.start);
    if (first_this_second(last_failure_logged_))
        runtime::log_warn("an event was not stored", {{"event", delivery.event_id},
                                                      {"type", delivery.type},
                                                      {"invoice", delivery.invoice},
                                                      {"code", rpc::code_name(status.error_code())},
                                                      {"reason", status.error_message()},
                                                      {"request_id", delivery.request.request_id}});
    auto response =
        problem(delivery.request, 503, std::string(name_of(outcome)), "The event was not stored. Send it again.");
    const auto wait_ms = rpc::detail_of(status).retry_after_ms();
    const auto seconds = std::max<std::int64_t>(1, (wait_ms + kMillisPerSecond - 1) / kMillisPerSecond);
    response.headers.push_back({"Retry-After", std::to_string(seconds)});
    return response;
}

}  // namespace quittance::webhook_ingester
