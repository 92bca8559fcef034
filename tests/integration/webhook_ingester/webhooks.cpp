#include "integration/webhook_ingester/webhooks.hpp"

#include <boost/json.hpp>
#include <chrono>

#include "stripe/signature.hpp"
#include "unit/stripe/stripe_data.hpp"

namespace quittance::test {

std::int64_t unix_now() {
    return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::string event_body(const std::string& event_id, const std::function<void(boost::json::object&)>& change) {
    auto event = fixture_json("invoice_paid.json").as_object();
    event["id"] = event_id;
    if (change) change(event);
    return boost::json::serialize(event);
}

boost::json::object& object_of(boost::json::object& event) {
    return event.at("data").at("object").as_object();
}

Webhook signed_webhook(const std::string& body, std::int64_t age_seconds, const std::vector<base::Secret>& secrets) {
    return {body, stripe::sign(body, secrets, unix_now() - age_seconds)};
}

}  // namespace quittance::test
