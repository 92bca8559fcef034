// The ingester's routes: Stripe's webhook, and the events that EventBridge or Event Grid relay. Answers 200 only when
// the event is durable or none of ours, 400 for what Stripe did not sign or what is no event, 503 for what the store
// has not taken: Stripe then sends it again. An event that does not show its invoice is durable when the store has it
// on its list of refetches.
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hashed_keys.hpp"
#include "clients/services.hpp"
#include "http/message.hpp"
#include "http/server/refusals.hpp"
#include "http/server/router.hpp"
#include "runtime/line_limit.hpp"
#include "stripe/reader.hpp"
#include "stripe/signature.hpp"
#include "webhook_ingester/background_repairs.hpp"
#include "webhook_ingester/event_forwarder.hpp"
#include "webhook_ingester/webhook_account.hpp"
#include "webhook_ingester/webhook_metrics.hpp"

namespace quittance::webhook_ingester {

constexpr double kDurableLinesPerSecond = 100;
constexpr std::size_t kLargestWebhook = 8 * 1024 * 1024;  // more: 413
constexpr std::size_t kLargestPayload = 1024 * 1024;      // what the inbox keeps of one event
// What fits into one call to the store. Of a larger event the invoice is asked for, and the event goes.
constexpr std::size_t kLargestMessage = 3 * 1024 * 1024;

struct WebhookSettings {
    std::vector<WebhookAccount> accounts;
    // To ask for what an event does not show: thin events, and events that are too large. Must outlive the API. Null:
    // such events are answered 503.
    clients::Services* services = nullptr;
    // For the questions that an answer waits for.
    std::chrono::milliseconds ack_timeout{5'000};
    // The keys of relays, each named by the label of the account whose events it brings. None: the route is closed.
    base::HashedKeys relay_keys{};
    // How refused webhooks are told of, and how many of them one peer may send.
    http::RefusalOptions refusals{};
    // Called when an event leaves a question for Stripe. May be empty.
    std::function<void(Followup)> follow_up;
};

class WebhookApi {
  public:
    WebhookApi(EventForwarder& forwarder, WebhookSettings settings, runtime::Metrics& metrics);

    // Secrets of these accounts take the place of those before. Labels, modes and ids must be those of the start, in
    // the same order. On the loop's thread, as the next.
    void use_secrets(const std::vector<WebhookAccount>& accounts);
    void use_relay_keys(base::HashedKeys keys) { settings_.relay_keys = std::move(keys); }
    // The number of secrets in use. From any thread.
    std::size_t secrets() const { return secret_count_; }

    // A webhook that any account may have signed.
    boost::asio::awaitable<http::Response> receive(const http::Request& request);
    // A webhook that the account in the path must have signed. 404 without such an account.
    boost::asio::awaitable<http::Response> receive_for_account(const http::Request& request);
    // Events in the envelopes of EventBridge or Event Grid. The header Api-Key stands for the signature: 401 without a
    // right one. 200 only when all events are durable or none of ours.
    boost::asio::awaitable<http::Response> receive_relayed(const http::Request& request);

  private:
    struct Delivery;  // one webhook on its way to an answer

    // A webhook that this account must have signed; null: any of them.
    boost::asio::awaitable<http::Response> receive_signed(const http::Request& request, const WebhookAccount* account);
    // The secrets of the account, or all of them, and the place of the first among all. Valid until they change.
    struct SecretRange {
        std::span<const base::Secret> secrets;
        std::size_t first;
    };
    SecretRange secrets_of(const WebhookAccount* account) const;
    http::Response refuse_label(const http::Request& request);
    // `body`: an event that the account vouches for.
    boost::asio::awaitable<http::Response> take(const http::Request& request, const WebhookAccount& account,
                                                std::string_view body);
    http::Response refuse_key(const http::Request& request);
    // Counts and logs the refusal. The answer: `answer`, or 429 if too many of the peer's requests were refused.
    http::Response refuse(const http::Request& request, http::Refusal refusal, http::Response answer);
    boost::asio::awaitable<http::Response> receive_thin(Delivery& delivery, const WebhookAccount& account,
                                                        stripe::EventRead read);
    void note_failed_event(const Delivery& delivery);
    boost::asio::awaitable<http::Response> apply(Delivery& delivery, v1::InvoiceEvent event);
    // Puts the invoice on the store's list of refetches.
    boost::asio::awaitable<http::Response> ask_for(Delivery& delivery, std::string stripe_invoice_id);
    http::Response refuse_signature(const Delivery& delivery, stripe::SignatureProblem signature);
    http::Response refuse_body(const Delivery& delivery, const stripe::ReadError& error);
    http::Response skip(const Delivery& delivery, Outcome outcome);
    http::Response skip_stranger(const Delivery& delivery, const WebhookAccount& account, Outcome outcome);
    // The id and the trace of the delivery, for calls about it.
    static rpc::CallOptions origin_of(const Delivery& delivery);
    static tracing::Span span_of(const Delivery& delivery, const v1::InvoiceEvent& event);
    void log_durable(const Delivery& delivery, Outcome outcome);
    http::Response answer(const Delivery& delivery, const rpc::Reply<v1::EventOutcome>& outcome);
    void follow_up(const Delivery& delivery, const v1::EventOutcome& outcome) const;
    http::Response ask_again(const Delivery& delivery, const grpc::Status& status);
    // The same for Stripe's outage: what the event stands for is not known.
    http::Response ask_again_later(const Delivery& delivery, const grpc::Status& status);
    http::Response not_taken(const Delivery& delivery, const grpc::Status& status, Outcome outcome);

    EventForwarder& forwarder_;
    WebhookSettings settings_;
    // The secrets of all accounts, and the account of each.
    std::vector<base::Secret> secrets_;
    std::vector<std::size_t> account_of_secret_;
    std::atomic<std::size_t> secret_count_ = 0;
    WebhookMetrics metrics_;
    http::Refusals refusals_;
    std::int64_t last_failure_logged_ = 0;  // Unix seconds
    std::int64_t last_stranger_logged_ = 0;
    runtime::LineLimit durable_lines_{kDurableLinesPerSecond};
};

// The routes take bodies of up to kLargestWebhook, if the server's limits say so.
inline constexpr std::array<http::RouteOf<WebhookApi>, 3> kWebhookRoutes{{
    {"POST", "/webhooks/stripe", &WebhookApi::receive, http::BodyReading::kByHandler},
    {"POST", "/webhooks/stripe/{label}", &WebhookApi::receive_for_account, http::BodyReading::kByHandler},
    {"POST", "/events/stripe", &WebhookApi::receive_relayed, http::BodyReading::kByHandler},
}};

}  // namespace quittance::webhook_ingester
