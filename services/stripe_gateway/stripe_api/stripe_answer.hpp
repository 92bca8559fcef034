// One request to Stripe, and its outcome: an answer of any status, or none. These are plain types, so that the rules of
// retries and errors can be tested without a network.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/secret.hpp"
#include "quittance/v1/error.pb.h"

namespace quittance::stripe_gateway {

struct StripeRequest {
    // Method and path template, "POST /v1/invoices/{id}/pay": the label of metrics, and the unit of Stripe's rate
    // limits.
    std::string_view endpoint;
    std::string method;              // "GET", "POST", "DELETE"
    std::string path;                // "/v1/invoices/in_123/pay"
    boost::json::object parameters;  // the body of a POST, the query of anything else
    std::string idempotency_key;     // of a POST; at most 255 characters of ASCII
    // A write holds these two ids, so that no other write touches them meanwhile. Empty if not known or not needed.
    std::string customer{};
    std::string invoice{};
    bool identifies_account = false;  // asks whose key this is: sent before the account is verified
    // Asks with this key, which is not in use yet, instead of the account's.
    std::optional<base::Secret> candidate_key{};
};

struct StripeAnswer {
    int status = 0;
    std::string body;
    std::string request_id;            // "req_…"
    bool replayed = false;             // Idempotent-Replayed: Stripe answered this key before
    std::optional<bool> should_retry;  // Stripe-Should-Retry, if Stripe sent it
    std::optional<std::chrono::milliseconds> retry_after;
    bool rate_limited = false;  // Stripe sent Stripe-Rate-Limited-Reason: a limiter, not a lock
    v1::StripeError error;      // of a status from 400 on
    // By Stripe's clock, and not later than the moment at which Stripe read its data. Everything that Stripe dates
    // later is newer than this answer.
    std::chrono::system_clock::time_point time;

    bool ok() const { return status >= 200 && status < 300; }
};

// No answer. `sent`: the request may have had an effect all the same.
struct NoAnswer {
    std::string reason;  // for the log
    bool timed_out = false;
    bool sent = false;
    // The reasons for which nothing was sent:
    bool throttled = false;                                   // our own limits had no place before the deadline
    bool cancelled = false;                                   // the caller cancelled
    std::optional<std::chrono::milliseconds> circuit_open{};  // the circuit is open for so long
    bool other_account = false;                               // the key is of another account (account_identity.hpp)
    bool account_pending = false;                             // it is not known yet whose key this is
    // Stripe answered, and the answer is larger than we read.
    bool too_large = false;
};

using StripeOutcome = std::variant<StripeAnswer, NoAnswer>;

}  // namespace quittance::stripe_gateway
