// Webhooks as Stripe would send them: bodies made from the recorded ones, and their signatures.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/secret.hpp"

namespace quittance::test {

inline const std::string kSecret = "whsec_test_first";
inline const std::string kSecondSecret = "whsec_test_second";

struct Webhook {
    std::string body;
    std::string signature;
};

std::int64_t unix_now();

// invoice_paid.json under an event id of its own, changed.
std::string event_body(const std::string& event_id, const std::function<void(boost::json::object& event)>& change = {});
// The object in an event.
boost::json::object& object_of(boost::json::object& event);

// Signed at `age_seconds` before now; negative: in the future.
Webhook signed_webhook(const std::string& body, std::int64_t age_seconds = 0,
                       const std::vector<base::Secret>& secrets = {kSecret});

}  // namespace quittance::test
