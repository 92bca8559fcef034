#include "stripe_gateway/api/handlers.hpp"

#include "base/trace_context.hpp"
#include "runtime/log.hpp"
#include "stripe/creation_trace.hpp"
#include "stripe_gateway/api/validation.hpp"
#include "stripe_gateway/creation/creation.hpp"
#include "stripe_gateway/invoices/find_paid_invoice.hpp"
#include "stripe_gateway/invoices/invoice_actions.hpp"
#include "stripe_gateway/invoices/list_events.hpp"
#include "stripe_gateway/invoices/list_invoices.hpp"
#include "stripe_gateway/invoices/list_payment_facts.hpp"
#include "stripe_gateway/invoices/retrieve_event.hpp"
#include "tracing/span.hpp"

namespace quittance::stripe_gateway {

namespace {

namespace asio = boost::asio;

// Taken from the caller's time, so that the response arrives before the caller gives up.
constexpr std::chrono::milliseconds kAnswerTime{100};

Deadline deadline_of(const rpc::Call& call) {
    const auto left = call.deadline - std::chrono::system_clock::now();
    return std::chrono::steady_clock::now() + std::chrono::duration_cast<Deadline::duration>(left) - kAnswerTime;
}

// Retries of a creation are other requests with other traces. So its steps have a trace of their own, which the
// creation key determines, and the traces of request and creation name each other.
tracing::Span span_of_creation(const rpc::Call& call, const std::string& account,
                               const v1::CreateInvoiceRequest& request) {
    auto trace = stripe::creation_trace(account, request.idempotency_key());
    trace.sampled = call.trace.sampled;
    auto span = tracing::Span::first_of(trace, "create invoice", tracing::Kind::kInternal);
    span.link_to(call.trace);
    span.set({"quittance.account", account});
    span.set({"quittance.request_id", call.request_id});
    if (call.span != nullptr) call.span->link_to(span.context());
    return span;
}

grpc::Status account_unknown() {
    return rpc::make_status(grpc::StatusCode::NOT_FOUND, "this gateway has no such Stripe account", "account_unknown");
}

}  // namespace

Handlers::Handlers(const Accounts& accounts, InvoiceDefaults defaults, runtime::Metrics& metrics)
    : accounts_(accounts), defaults_(std::move(defaults)), metrics_(metrics) {}

template <class Request, class Response, class Work>
Handlers::Done Handlers::answer(const rpc::Call& call, const Request& request, Response& response, bool background,
                                Work work) {
    if (auto refusal = rpc::refusal_of(violations_of(request))) co_return std::move(*refusal);
    const auto* invoices = accounts_.find(request.account());
    if (!invoices) co_return account_unknown();
    const CallBudget budget{deadline_of(call), background, &call, false, &call};
    auto result = co_await work(*invoices, request, budget);
    co_return rpc::move_into(response, std::move(result));
}

Handlers::Done Handlers::create(const rpc::Call& call, const v1::CreateInvoiceRequest& request,
                                v1::StripeInvoice& response) {
    const auto work = [this](const Invoices& invoices, const v1::CreateInvoiceRequest& creation, CallBudget budget) {
        return create_on(invoices, creation, budget);
    };
    return answer(call, request, response, false, work);
}

asio::awaitable<rpc::Result<v1::StripeInvoice>> Handlers::create_on(const Invoices& invoices,
                                                                    const v1::CreateInvoiceRequest& request,
                                                                    CallBudget budget) {
    const auto& call = *budget.caller;
    const auto plan = make_plan(request, invoices.account(), defaults_);
    auto span = span_of_creation(call, invoices.account(), request);
    auto traced = call;
    traced.trace = span.context();
    Creation creation(invoices, plan, traced, budget.deadline);
    auto result = co_await creation.run();
    count_creation(result);
    if (!result) {
        span.fail(rpc::code_name(result.error().error_code()));
        co_return result;
    }
    span.set({"quittance.invoice", result->invoice().stripe_invoice_id()});
    span.set({"quittance.replayed", result->replayed()});
    const auto trace_id = base::trace_id_of(traced.trace);
    runtime::log_info("invoice created", {{"request_id", call.request_id},
                                          {"trace_id", trace_id},
                                          {"account", invoices.account()},
                                          {"invoice", result->invoice().stripe_invoice_id()},
                                          {"status", result->invoice().status()},
                                          {"lines", plan.line_count()},
                                          {"replayed", result->replayed()},
                                          {"declined", result->has_payment_error()}});
    co_return result;
}

Handlers::Done Handlers::retrieve(const rpc::Call& call, const v1::RetrieveInvoiceRequest& request,
                                  v1::StripeInvoice& response) {
    return answer(call, request, response, request.background(), stripe_gateway::retrieve);
}

Handlers::Done Handlers::pay(const rpc::Call& call, const v1::PayInvoiceRequest& request, v1::StripeInvoice& response) {
    return answer(call, request, response, false, stripe_gateway::pay);
}

Handlers::Done Handlers::finalise(const rpc::Call& call, const v1::FinalizeInvoiceRequest& request,
                                  v1::StripeInvoice& response) {
    return answer(call, request, response, false, stripe_gateway::finalise);
}

Handlers::Done Handlers::make_void(const rpc::Call& call, const v1::VoidInvoiceRequest& request,
                                   v1::StripeInvoice& response) {
    return answer(call, request, response, false, stripe_gateway::make_void);
}

Handlers::Done Handlers::mark_uncollectible(const rpc::Call& call, const v1::MarkInvoiceUncollectibleRequest& request,
                                            v1::StripeInvoice& response) {
    return answer(call, request, response, false, stripe_gateway::mark_uncollectible);
}

Handlers::Done Handlers::send(const rpc::Call& call, const v1::SendInvoiceRequest& request,
                              v1::StripeInvoice& response) {
    return answer(call, request, response, false, stripe_gateway::send);
}

Handlers::Done Handlers::list_events(const rpc::Call& call, const v1::ListStripeEventsRequest& request,
                                     v1::ListStripeEventsResponse& response) {
    return answer(call, request, response, true, stripe_gateway::list_events);
}

Handlers::Done Handlers::list_invoices(const rpc::Call& call, const v1::ListStripeInvoicesRequest& request,
                                       v1::ListStripeInvoicesResponse& response) {
    return answer(call, request, response, true, stripe_gateway::list_invoices);
}

Handlers::Done Handlers::find_paid_invoice(const rpc::Call& call, const v1::FindPaidInvoiceRequest& request,
                                           v1::FindPaidInvoiceResponse& response) {
    return answer(call, request, response, true, stripe_gateway::find_paid_invoice);
}

Handlers::Done Handlers::list_refunds(const rpc::Call& call, const v1::ListStripePaymentFactsRequest& request,
                                      v1::ListStripePaymentFactsResponse& response) {
    return answer(call, request, response, true, stripe_gateway::list_refunds);
}

Handlers::Done Handlers::list_disputes(const rpc::Call& call, const v1::ListStripePaymentFactsRequest& request,
                                       v1::ListStripePaymentFactsResponse& response) {
    return answer(call, request, response, true, stripe_gateway::list_disputes);
}

// Stripe waits for the answer to its webhook, so this goes before what runs by itself.
Handlers::Done Handlers::retrieve_event(const rpc::Call& call, const v1::RetrieveStripeEventRequest& request,
                                        v1::InvoiceEvent& response) {
    return answer(call, request, response, false, stripe_gateway::retrieve_event);
}

void Handlers::count_creation(const rpc::Result<v1::StripeInvoice>& result) {
    std::string label;
    if (!result)
        label = rpc::code_name(result.error().error_code());
    else if (result->replayed())
        label = "replayed";
    else
        label = result->has_payment_error() ? "declined" : "created";
    metrics_.counter("quittance_creations_total", "Creations of invoices by result", {{"result", label}}).increment();
}

}  // namespace quittance::stripe_gateway
