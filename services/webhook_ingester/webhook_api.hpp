// The ingester's one route: Stripe's webhook. Answers 200 only when the event is durable or none of ours, 400 for what
// Stripe did not sign or what is no event, 503 for what the store has not taken: Stripe then sends it again.
#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "http/message.hpp"
#include "http/server/router.hpp"
#include "stripe/reader.hpp"
#include "stripe/signature.hpp"
#include "webhook_ingester/background_repairs.hpp"
#include "webhook_ingester/event_forwarder.hpp"
#include "webhook_ingester/webhook_metrics.hpp"

namespace quittance::webhook_ingester {

// A Stripe account that sends us webhooks.
struct WebhookAccount {
    std::string label = "default";
    // Of its endpoints, all that are live while one is rolled. None at any account: nothing is accepted.
    std::vector<std::string> secrets;
    // Which mode its events must be of; unset: either. An event of the other mode is answered and passed over.
    std::optional<bool> livemode;
};

struct WebhookSettings {
    std::vector<WebhookAccount> accounts;
    // Told of what an event left to be asked of Stripe. May be empty.
    std::function<void(Followup)> follow_up;
};

class WebhookApi {
  public:
    WebhookApi(EventPush& push, WebhookSettings settings, runtime::Metrics& metrics);

    boost::asio::awaitable<http::Response> receive(const http::Request& request);

  private:
    struct Delivery;  // one webhook on its way to an answer

    http::Response refuse_signature(const Delivery& delivery, stripe::SignatureProblem problem);
    http::Response refuse_body(const Delivery& delivery, const stripe::ReadError& error);
    http::Response pass_over(const Delivery& delivery, Outcome outcome);
    http::Response answer(const Delivery& delivery, const rpc::Result<v1::EventOutcome>& outcome);
    void follow_up(const Delivery& delivery, const v1::EventOutcome& outcome) const;
    http::Response ask_again(const Delivery& delivery, const grpc::Status& status);

    EventPush& push_;
    WebhookSettings settings_;
    // All secrets in one row, as the check takes them, and whose each is.
    std::vector<std::string> secrets_;
    std::vector<std::size_t> account_of_secret_;
    WebhookMetrics metrics_;
    std::int64_t last_refusal_logged_ = 0;  // Unix seconds
    std::int64_t last_failure_logged_ = 0;
};

inline constexpr std::array<http::RouteOf<WebhookApi>, 1> kWebhookRoutes{{
    {"POST", "/webhooks/stripe", &WebhookApi::receive},
}};

}  // namespace quittance::webhook_ingester
