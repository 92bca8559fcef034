// One keyed write on an invoice that exists: finalise, pay, void, mark, send, release. Repeated under its key until
// Stripe has said what became of it; where the key is poisoned, the invoice's own state decides whether to go on under
// the next one.
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

// How often a key may be poisoned before we stop asking.
constexpr int kStepGenerations = 4;

struct Step {
    std::string_view name;      // of the key: "finalise"
    std::string_view endpoint;  // "POST /v1/invoices/{id}/finalize"
    std::string_view suffix;    // of the path: "/finalize"
    boost::json::object parameters;
    bool (*done)(const Snapshot&);  // the invoice shows the step's effect
    std::string customer{};         // whose other writes wait meanwhile, where known
};

struct StepResult {
    Snapshot state;  // the invoice after the step
    // Stripe refused with 400 or 402: `state` is the invoice as it stands, read afterwards.
    std::optional<v1::StripeError> refusal;
    bool replayed = false;  // an earlier request had taken this step
};

// Fails with the statuses of errors.hpp: NOT_FOUND if the invoice is gone, UNAVAILABLE, UNKNOWN, DEADLINE_EXCEEDED,
// ABORTED, ALREADY_EXISTS, INTERNAL. The invoice's lines are the first ten.
boost::asio::awaitable<rpc::Result<StepResult>> take_step(const Invoices& invoices, Step step, std::string invoice_id,
                                                          const StepKeys& keys, Terms terms);

Step finalise_step(std::string_view name, bool auto_advance);
Step pay_step(std::string_view name, const std::string& payment_method_id);
Step void_step(std::string_view name);
Step mark_uncollectible_step(std::string_view name);
// A poisoned key is tried under the next one as long as the invoice can be sent: better mailed twice than never.
Step send_step(std::string_view name);
Step release_step(std::string_view name);

// Why collecting did not work, from a refusal of the pay step.
v1::PaymentError payment_error_of(const v1::StripeError& refusal);

}  // namespace quittance::stripe_gateway
