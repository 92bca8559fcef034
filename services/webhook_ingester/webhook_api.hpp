// The ingester's one route: Stripe's webhook. It answers 200 only if the event is durable or of a type that we do not
// want, 400 if the body is not signed by Stripe or is no event, and 503 if the store did not take the event: Stripe
// then sends it again.
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
    // All secrets of its endpoints that are valid, several while one is rolled. No secret at any account: every webhook
    // is refused.
    std::vector<std::string> secrets;
    // The mode of its events; unset: both. An event of the other mode is answered 200 and not stored.
    std::optional<bool> livemode;
};

struct WebhookSettings {
    std::vector<WebhookAccount> accounts;
    // Called when an event leaves a question for Stripe. May be empty.
    std::function<void(Followup)> follow_up;
};

class WebhookApi {
  public:
    WebhookApi(EventForwarder& forwarder, WebhookSettings settings, runtime::Metrics& metrics);

    boost::asio::awaitable<http::Response> receive(const http::Request& request);

  private:
    struct Delivery;  // one webhook on its way to an answer

    http::Response refuse_signature(const Delivery& delivery, stripe::SignatureProblem problem);
    http::Response refuse_body(const Delivery& delivery, const stripe::ReadError& error);
    http::Response skip(const Delivery& delivery, Outcome outcome);
    http::Response answer(const Delivery& delivery, const rpc::Reply<v1::EventOutcome>& outcome);
    void follow_up(const Delivery& delivery, const v1::EventOutcome& outcome) const;
    http::Response ask_again(const Delivery& delivery, const grpc::Status& status);

    EventForwarder& forwarder_;
    WebhookSettings settings_;
    // The secrets of all accounts, and the account of each.
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
