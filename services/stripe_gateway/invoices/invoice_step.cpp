#include "stripe_gateway/invoices/invoice_step.hpp"

#include "stripe_gateway/invoices/invoice_metadata.hpp"
#include "stripe_gateway/stripe_api/error_status.hpp"

namespace quittance::stripe_gateway {

namespace {

namespace asio = boost::asio;

StripeRequest request_of(const Step& step, const std::string& invoice_id, const StepKeys& keys, int generation) {
    StripeRequest request{step.endpoint, "POST", "/v1/invoices/" + invoice_id + std::string(step.suffix),
                          step.parameters, keys.of(step.name, generation)};
    request.customer = step.customer;
    request.invoice = invoice_id;
    return request;
}

// With 400 and 402 Stripe refuses because of the invoice's state. Other statuses are about the request or the
// connection.
bool refused_by_state(const CallResult& result) {
    const auto* answer = result.answer();
    if (!answer || result.verdict != Verdict::kFinal) return false;
    return answer->status == 402 || (answer->status == 400 && answer->error.type() != "idempotency_error");
}

}  // namespace

asio::awaitable<rpc::Result<StepResult>> take_step(const Invoices& invoices, Step step, std::string invoice_id,
                                                   const StepKeys& keys, CallBudget budget) {
    for (int generation = 1;; ++generation) {
        auto request = request_of(step, invoice_id, keys, generation);
        auto result = co_await invoices.calls().run(std::move(request), budget);
        if (result.ok()) {
            auto answer = std::get<StripeAnswer>(std::move(result.outcome));
            const bool replayed = answer.replayed && !result.tried_before;
            auto state = read_snapshot(std::move(answer), invoices.account());
            if (!state) co_return state.error();
            co_return StepResult{std::move(*state), std::nullopt, replayed};
        }
        const bool poisoned = result.verdict == Verdict::kPoisoned;
        if (!poisoned && !refused_by_state(result)) co_return status_of(result);
        auto state = co_await invoices.get(invoice_id, budget);
        if (!state) co_return state.error();
        if (!poisoned) co_return StepResult{std::move(*state), result.answer()->error, false};
        if (step.done(*state)) co_return StepResult{std::move(*state), std::nullopt, true};
        if (generation == kStepGenerations) co_return status_of(result);
    }
}

Step finalise_step(std::string_view name, bool auto_advance) {
    return {name,
            "POST /v1/invoices/{id}/finalize",
            "/finalize",
            {{"auto_advance", auto_advance}},
            [](const Snapshot& state) { return !state.draft(); }};
}

Step pay_step(std::string_view name, const std::string& payment_method_id) {
    boost::json::object parameters;
    if (!payment_method_id.empty()) parameters["payment_method"] = payment_method_id;
    return {name, "POST /v1/invoices/{id}/pay", "/pay", std::move(parameters),
            [](const Snapshot& state) { return state.paid(); }};
}

Step void_step(std::string_view name) {
    return {name, "POST /v1/invoices/{id}/void", "/void", {}, [](const Snapshot& state) {
                return state.status() == "void";
            }};
}

Step mark_uncollectible_step(std::string_view name) {
    return {name, "POST /v1/invoices/{id}/mark_uncollectible", "/mark_uncollectible", {}, [](const Snapshot& state) {
                return state.status() == "uncollectible";
            }};
}

Step send_step(std::string_view name) {
    return {name, "POST /v1/invoices/{id}/send", "/send", {}, [](const Snapshot& state) {
                return !state.draft() && state.status() != "open";
            }};
}

Step release_step(std::string_view name) {
    // The mark remains if a person changes auto_advance later: the sweep must never delete a draft that a caller knows.
    return {name,
            "POST /v1/invoices/{id}",
            "",
            {{"auto_advance", true}, {"metadata", {{kMetadataReleased, "true"}}}},
            [](const Snapshot& state) { return !state.draft() || state.metadata(kMetadataReleased) == "true"; }};
}

v1::PaymentError payment_error_of(const v1::StripeError& refusal) {
    v1::PaymentError error;
    // Some refusals have no code (a customer without any payment method); the caller still gets one.
    error.set_code(refusal.code().empty() ? "payment_refused" : refusal.code());
    error.set_decline_code(refusal.decline_code());
    error.set_message(refusal.message());
    return error;
}

}  // namespace quittance::stripe_gateway
