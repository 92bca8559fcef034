// One keyed write on an invoice that exists: finalise, pay, void, mark, send, release. It is retried under its key
// until the outcome is known. If the key is poisoned, the invoice's own state decides whether the next key is tried.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "rpc/status.hpp"
#include "stripe_gateway/invoices/idempotency_keys.hpp"
#include "stripe_gateway/invoices/stripe_invoices.hpp"

namespace quittance::stripe_gateway {

// The number of keys of one step: each may be poisoned.
constexpr int kStepGenerations = 4;

struct Step {
    std::string_view name;      // of the key: "finalise"
    std::string_view endpoint;  // "POST /v1/invoices/{id}/finalize"
    std::string_view suffix;    // of the path: "/finalize"
    boost::json::object parameters;
    bool (*done)(const Snapshot&);  // the invoice shows the step's effect
    std::string customer{};         // its other writes wait meanwhile; empty if not known
};

struct StepResult {
    Snapshot state;  // the invoice after the step
    // Set if Stripe refused with 400 or 402. Then `state` was read after the refusal.
    std::optional<v1::StripeError> refusal;
    bool replayed = false;  // an earlier request had taken this step
};

// Takes the step. Fails with the statuses of error_status.hpp: NOT_FOUND if the invoice is gone, UNAVAILABLE, UNKNOWN,
// DEADLINE_EXCEEDED, ABORTED, ALREADY_EXISTS, INTERNAL. The result's invoice has its first ten lines.
boost::asio::awaitable<rpc::Result<StepResult>> take_step(const Invoices& invoices, Step step, std::string invoice_id,
                                                          const StepKeys& keys, CallBudget budget);

Step finalise_step(std::string_view name, bool auto_advance);
Step pay_step(std::string_view name, const std::string& payment_method_id);
Step void_step(std::string_view name);
Step mark_uncollectible_step(std::string_view name);
// After a poisoned key the next one is tried while the invoice can be sent: mailing twice is better than never.
Step send_step(std::string_view name);
Step release_step(std::string_view name);

// The reason why the payment failed, from the refusal of the pay step.
v1::PaymentError payment_error_of(const v1::StripeError& refusal);

}  // namespace quittance::stripe_gateway
