#include "stripe_gateway/api/handlers.hpp"

#include "runtime/log.hpp"
#include "stripe_gateway/api/validation.hpp"
#include "stripe_gateway/creation/creation.hpp"
#include "stripe_gateway/invoices/find_paid_invoice.hpp"
#include "stripe_gateway/invoices/invoice_actions.hpp"
#include "stripe_gateway/invoices/list_events.hpp"
#include "stripe_gateway/invoices/list_invoices.hpp"

namespace quittance::stripe_gateway {

namespace {

namespace asio = boost::asio;

// Kept back from the caller's time, so that our own answer reaches it.
constexpr std::chrono::milliseconds kAnswerTime{100};

Deadline deadline_of(const rpc::Call& call) {
    const auto left = call.deadline - std::chrono::system_clock::now();
    return std::chrono::steady_clock::now() + std::chrono::duration_cast<Deadline::duration>(left) - kAnswerTime;
}

grpc::Status account_unknown() {
    return rpc::make_status(grpc::StatusCode::NOT_FOUND, "this gateway has no such Stripe account", "account_unknown");
}

}  // namespace

Gateway::Gateway(const Accounts& accounts, InvoiceDefaults defaults, runtime::Metrics& metrics)
    : accounts_(accounts), defaults_(std::move(defaults)), metrics_(metrics) {}

template <class Request, class Response, class Work>
Gateway::Done Gateway::serve(const rpc::Call& call, const Request& request, Response& response, bool background,
                             Work work) {
    const auto wrong = validate(request);
    if (!wrong.empty()) co_return rpc::invalid_argument(wrong);
    const auto* invoices = accounts_.find(request.account());
    if (!invoices) co_return account_unknown();
    const Terms terms{deadline_of(call), background, &call};
    auto result = co_await work(*invoices, request, terms);
    if (!result) co_return result.error();
    response = std::move(*result);
    co_return grpc::Status::OK;
}

Gateway::Done Gateway::create(const rpc::Call& call, const v1::CreateInvoiceRequest& request,
                              v1::StripeInvoice& response) {
    const auto wrong = validate(request);
    if (!wrong.empty()) co_return rpc::invalid_argument(wrong);
    const auto* invoices = accounts_.find(request.account());
    if (!invoices) co_return account_unknown();
    const auto plan = make_plan(request, invoices->account(), defaults_);
    Creation creation(*invoices, plan, call, deadline_of(call));
    auto result = co_await creation.run();
    count_creation(result);
    if (!result) co_return result.error();
    runtime::log_info("invoice created", {{"request_id", call.request_id},
                                          {"account", invoices->account()},
                                          {"invoice", result->invoice().stripe_invoice_id()},
                                          {"status", result->invoice().status()},
                                          {"lines", plan.line_count()},
                                          {"replayed", result->replayed()},
                                          {"declined", result->has_payment_error()}});
    response = std::move(*result);
    co_return grpc::Status::OK;
}

Gateway::Done Gateway::retrieve(const rpc::Call& call, const v1::RetrieveInvoiceRequest& request,
                                v1::StripeInvoice& response) {
    return serve(call, request, response, request.background(), stripe_gateway::retrieve);
}

Gateway::Done Gateway::pay(const rpc::Call& call, const v1::PayInvoiceRequest& request, v1::StripeInvoice& response) {
    return serve(call, request, response, false, stripe_gateway::pay);
}

Gateway::Done Gateway::finalise(const rpc::Call& call, const v1::FinalizeInvoiceRequest& request,
                                v1::StripeInvoice& response) {
    return serve(call, request, response, false, stripe_gateway::finalise);
}

Gateway::Done Gateway::make_void(const rpc::Call& call, const v1::VoidInvoiceRequest& request,
                                 v1::StripeInvoice& response) {
    return serve(call, request, response, false, stripe_gateway::make_void);
}

Gateway::Done Gateway::mark_uncollectible(const rpc::Call& call, const v1::MarkInvoiceUncollectibleRequest& request,
                                          v1::StripeInvoice& response) {
    return serve(call, request, response, false, stripe_gateway::mark_uncollectible);
}

Gateway::Done Gateway::send(const rpc::Call& call, const v1::SendInvoiceRequest& request, v1::StripeInvoice& response) {
    return serve(call, request, response, false, stripe_gateway::send);
}

Gateway::Done Gateway::list_events(const rpc::Call& call, const v1::ListStripeEventsRequest& request,
                                   v1::ListStripeEventsResponse& response) {
    return serve(call, request, response, true, stripe_gateway::list_events);
}

Gateway::Done Gateway::list_invoices(const rpc::Call& call, const v1::ListStripeInvoicesRequest& request,
                                     v1::ListStripeInvoicesResponse& response) {
    return serve(call, request, response, true, stripe_gateway::list_invoices);
}

Gateway::Done Gateway::find_paid_invoice(const rpc::Call& call, const v1::FindPaidInvoiceRequest& request,
                                         v1::FindPaidInvoiceResponse& response) {
    return serve(call, request, response, true, stripe_gateway::find_paid_invoice);
}

void Gateway::count_creation(const rpc::Result<v1::StripeInvoice>& result) {
    std::string word;
    if (!result)
        word = rpc::code_name(result.error().error_code());
    else if (result->replayed())
        word = "replayed";
    else
        word = result->has_payment_error() ? "declined" : "created";
    metrics_.counter("quittance_creations_total", "Creations of invoices by result", {{"result", word}}).Increment();
}

}  // namespace quittance::stripe_gateway
