#include "stripe_gateway/invoices/invoice_actions.hpp"

#include <algorithm>
#include <span>
#include <string_view>

#include "stripe_gateway/invoices/invoice_metadata.hpp"
#include "stripe_gateway/invoices/invoice_step.hpp"
#include "stripe_gateway/invoices/unacknowledged_invoices.hpp"
#include "stripe_gateway/stripe_api/error_status.hpp"

namespace quittance::stripe_gateway {

namespace {

namespace asio = boost::asio;

// The states in which Stripe allows each step (https://docs.stripe.com/invoicing/overview#invoice-statuses).
using States = std::span<const std::string_view>;
constexpr std::string_view kPayable[] = {"draft", "open", "uncollectible"};
constexpr std::string_view kFinalisable[] = {"draft"};
constexpr std::string_view kVoidable[] = {"open", "uncollectible"};
constexpr std::string_view kMarkable[] = {"open"};
constexpr std::string_view kSendable[] = {"draft", "open"};

bool among(States states, std::string_view status) {
    return std::find(states.begin(), states.end(), status) != states.end();
}

asio::awaitable<v1::StripeInvoice> answer_with(const Invoices& invoices, Snapshot state, bool replayed,
                                               CallBudget budget) {
    co_await invoices.complete_lines(state.invoice, budget);
    auto message = to_message(std::move(state));
    message.set_replayed(replayed);
    co_return message;
}

// If the state allows the step, the refusal has another cause: a parameter, the customer, tax.
grpc::Status status_of_refused_step(const StepResult& result, States allowed) {
    if (!among(allowed, result.state.status())) return wrong_state(result.state.status(), &*result.refusal);
    return status_of_refusal(*result.refusal);
}

// Paying, sending and finalising issue a draft. A draft of ours that was not released still lacks lines, or waits for
// the sweep. Issued now, it would bill only a part of the request. No draft gets into this state later, so one check
// before the step is enough.
grpc::Status check_complete(const Snapshot& state) {
    if (!state.draft() || state.metadata(kMetadataKey).empty() || !state.metadata(kMetadataReleased).empty())
        return grpc::Status::OK;
    v1::ErrorDetail detail;
    detail.set_reason("creation_in_progress");
    detail.set_present_status(state.status());
    return rpc::make_status(grpc::StatusCode::FAILED_PRECONDITION, "the invoice is still being created", detail);
}

// Takes the step with the invoice's customer held. `issues`: the step would issue a draft.
template <class Request>
asio::awaitable<rpc::Result<StepResult>> step_on(const Invoices& invoices, const Request& request, Step step,
                                                 bool issues, CallBudget budget) {
    const auto present = co_await invoices.get(request.stripe_invoice_id(), budget);
    if (!present) co_return present.error();
    if (issues) {
        const auto problem = check_complete(*present);
        if (!problem.ok()) co_return problem;
    }
    step.customer = present->invoice.stripe_customer_id();
    // With auto_advance, Stripe would mail an invoice that the customer pays on its own. Only sending does that, so the
    // invoice keeps the value that it has.
    if (present->invoice.collection_method() == "send_invoice") step.parameters.erase("auto_advance");
    const StepKeys keys(invoices.account(), request.idempotency_key());
    if (issues && present->metadata(kMetadataCollect) == collect_word(false)) {
        // This caller takes the invoice over, whether or not its creation was acknowledged.
        const auto taken = co_await acknowledge(invoices, *present, keys, budget);
        if (!taken && taken.error().error_code() == grpc::StatusCode::NOT_FOUND) co_return wrong_state("void", nullptr);
        if (!taken) co_return taken.error();
    }
    co_return co_await take_step(invoices, std::move(step), request.stripe_invoice_id(), keys, budget);
}

template <class Request>
asio::awaitable<ActionResult> act(const Invoices& invoices, const Request& request, Step step, States allowed,
                                  CallBudget budget) {
    const bool issues = among(allowed, "draft");
    auto result = co_await step_on(invoices, request, std::move(step), issues, budget);
    if (!result) co_return result.error();
    if (result->refusal) co_return status_of_refused_step(*result, allowed);
    const bool replayed = result->replayed;
    co_return co_await answer_with(invoices, std::move(result->state), replayed, budget);
}

}  // namespace

asio::awaitable<ActionResult> pay(const Invoices& invoices, const v1::PayInvoiceRequest& request, CallBudget budget) {
    auto step = pay_step("pay-invoice", request.payment_method_id());
    auto result = co_await step_on(invoices, request, std::move(step), true, budget);
    if (!result) co_return result.error();
    std::optional<v1::PaymentError> payment_error;
    if (result->refusal && result->refusal->http_status() == 402 && !result->state.paid())
        payment_error = payment_error_of(*result->refusal);
    else if (result->refusal && result->refusal->http_status() != 402)
        co_return status_of_refused_step(*result, kPayable);
    const bool replayed = result->replayed;
    auto message = co_await answer_with(invoices, std::move(result->state), replayed, budget);
    if (payment_error) *message.mutable_payment_error() = std::move(*payment_error);
    co_return message;
}

asio::awaitable<ActionResult> finalise(const Invoices& invoices, const v1::FinalizeInvoiceRequest& request,
                                       CallBudget budget) {
    auto step = finalise_step("finalise-invoice", request.auto_advance());
    co_return co_await act(invoices, request, std::move(step), kFinalisable, budget);
}

asio::awaitable<ActionResult> make_void(const Invoices& invoices, const v1::VoidInvoiceRequest& request,
                                        CallBudget budget) {
    auto step = void_step("void-invoice");
    co_return co_await act(invoices, request, std::move(step), kVoidable, budget);
}

asio::awaitable<ActionResult> mark_uncollectible(const Invoices& invoices,
                                                 const v1::MarkInvoiceUncollectibleRequest& request,
                                                 CallBudget budget) {
    auto step = mark_uncollectible_step("mark-uncollectible");
    co_return co_await act(invoices, request, std::move(step), kMarkable, budget);
}

asio::awaitable<ActionResult> send(const Invoices& invoices, const v1::SendInvoiceRequest& request, CallBudget budget) {
    auto step = send_step("send-invoice");
    co_return co_await act(invoices, request, std::move(step), kSendable, budget);
}

asio::awaitable<ActionResult> retrieve(const Invoices& invoices, const v1::RetrieveInvoiceRequest& request,
                                       CallBudget budget) {
    // A call in the background compares or repairs a row, which has the payments. The others show Stripe's own answer.
    auto state = co_await invoices.get(request.stripe_invoice_id(), budget, request.background());
    if (!state) co_return state.error();
    const auto status = co_await invoices.complete_lines(state->invoice, budget);
    if (!status.ok()) co_return status;
    co_return to_message(std::move(*state));
}

}  // namespace quittance::stripe_gateway
