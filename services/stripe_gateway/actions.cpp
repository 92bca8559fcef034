#include "stripe_gateway/actions.hpp"

#include <algorithm>
#include <initializer_list>

#include "stripe_gateway/errors.hpp"
#include "stripe_gateway/step.hpp"

namespace quittance::stripe_gateway {

namespace {

namespace asio = boost::asio;

// States from which Stripe takes the step (reference §2.1).
using States = std::initializer_list<std::string_view>;
constexpr States kPayable{"draft", "open", "uncollectible"};
constexpr States kFinalisable{"draft"};
constexpr States kVoidable{"open", "uncollectible"};

bool among(States states, std::string_view status) {
    return std::find(states.begin(), states.end(), status) != states.end();
}

asio::awaitable<v1::StripeInvoice> answer_with(const Invoices& invoices, Snapshot state, bool replayed,
                                               Deadline deadline) {
    co_await invoices.complete_lines(state, deadline);
    auto message = to_message(std::move(state));
    message.set_replayed(replayed);
    co_return message;
}

// A refusal in a state that allows the step is about something else: a parameter, the customer, tax.
grpc::Status status_of_judgement(const StepResult& result, States allowed) {
    if (!among(allowed, result.state.status())) return wrong_state(result.state.status(), &*result.refusal);
    return status_of_refusal(*result.refusal);
}

}  // namespace

asio::awaitable<rpc::Result<v1::StripeInvoice>> pay(const Invoices& invoices, const v1::PayInvoiceRequest& request,
                                                    Deadline deadline) {
    const StepKeys keys(invoices.account(), request.idempotency_key());
    auto step = pay_step("pay-invoice", request.payment_method_id());
    auto result = co_await take_step(invoices, std::move(step), request.stripe_invoice_id(), keys, deadline);
    if (!result) co_return result.error();
    std::optional<v1::PaymentError> payment_error;
    if (result->refusal && result->refusal->http_status() == 402 && !result->state.paid())
        payment_error = payment_error_of(*result->refusal);
    else if (result->refusal && result->refusal->http_status() != 402)
        co_return status_of_judgement(*result, kPayable);
    const bool replayed = result->replayed;
    auto message = co_await answer_with(invoices, std::move(result->state), replayed, deadline);
    if (payment_error) *message.mutable_payment_error() = std::move(*payment_error);
    co_return message;
}

asio::awaitable<rpc::Result<v1::StripeInvoice>> finalise(const Invoices& invoices,
                                                         const v1::FinalizeInvoiceRequest& request, Deadline deadline) {
    const StepKeys keys(invoices.account(), request.idempotency_key());
    auto step = finalise_step("finalise-invoice", request.auto_advance());
    auto result = co_await take_step(invoices, std::move(step), request.stripe_invoice_id(), keys, deadline);
    if (!result) co_return result.error();
    if (result->refusal) co_return status_of_judgement(*result, kFinalisable);
    const bool replayed = result->replayed;
    co_return co_await answer_with(invoices, std::move(result->state), replayed, deadline);
}

asio::awaitable<rpc::Result<v1::StripeInvoice>> make_void(const Invoices& invoices,
                                                          const v1::VoidInvoiceRequest& request, Deadline deadline) {
    const StepKeys keys(invoices.account(), request.idempotency_key());
    auto step = void_step("void-invoice");
    auto result = co_await take_step(invoices, std::move(step), request.stripe_invoice_id(), keys, deadline);
    if (!result) co_return result.error();
    if (result->refusal) co_return status_of_judgement(*result, kVoidable);
    const bool replayed = result->replayed;
    co_return co_await answer_with(invoices, std::move(result->state), replayed, deadline);
}

asio::awaitable<rpc::Result<v1::StripeInvoice>> retrieve(const Invoices& invoices,
                                                         const v1::RetrieveInvoiceRequest& request, Deadline deadline) {
    auto state = co_await invoices.get(request.stripe_invoice_id(), deadline);
    if (!state) co_return state.error();
    co_return co_await answer_with(invoices, std::move(*state), false, deadline);
}

}  // namespace quittance::stripe_gateway
