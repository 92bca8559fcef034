#include "stripe_gateway/gateway.hpp"

#include "runtime/log.hpp"
#include "stripe_gateway/actions.hpp"
#include "stripe_gateway/creation.hpp"
#include "stripe_gateway/validation.hpp"

namespace quittance::stripe_gateway {

namespace {

namespace asio = boost::asio;

// Kept back from the caller's time, so that our own answer reaches it.
constexpr std::chrono::milliseconds kAnswerTime{100};

Deadline deadline_of(const rpc::Call& call) {
    const auto left = call.deadline - std::chrono::system_clock::now();
    return std::chrono::steady_clock::now() + std::chrono::duration_cast<Deadline::duration>(left) - kAnswerTime;
}

grpc::Status hand_over(rpc::Result<v1::StripeInvoice> result, v1::StripeInvoice& response) {
    if (!result) return result.error();
    response = std::move(*result);
    return grpc::Status::OK;
}

}  // namespace

Gateway::Gateway(const Invoices& invoices, InvoiceDefaults defaults, runtime::Metrics& metrics)
    : invoices_(invoices), defaults_(std::move(defaults)), metrics_(metrics) {}

template <class Request>
std::vector<v1::FieldViolation> Gateway::violations(const Request& request) const {
    auto found = validate(request);
    if (!request.account().empty() && request.account() != invoices_.account()) {
        auto& violation = found.emplace_back();
        violation.set_field("account");
        violation.set_message("is not configured here");
    }
    return found;
}

asio::awaitable<grpc::Status> Gateway::create(const rpc::Call& call, const v1::CreateInvoiceRequest& request,
                                              v1::StripeInvoice& response) {
    const auto wrong = violations(request);
    if (!wrong.empty()) co_return rpc::invalid_argument(wrong);
    const auto plan = make_plan(request, invoices_.account(), defaults_);
    Creation creation(invoices_, plan, call, deadline_of(call));
    auto result = co_await creation.run();
    count_creation(result);
    if (result)
        runtime::log_info("invoice created", {{"request_id", call.request_id},
                                              {"invoice", result->invoice().stripe_invoice_id()},
                                              {"status", result->invoice().status()},
                                              {"lines", plan.line_count()},
                                              {"replayed", result->replayed()},
                                              {"declined", result->has_payment_error()}});
    co_return hand_over(std::move(result), response);
}

asio::awaitable<grpc::Status> Gateway::retrieve(const rpc::Call& call, const v1::RetrieveInvoiceRequest& request,
                                                v1::StripeInvoice& response) {
    const auto wrong = violations(request);
    if (!wrong.empty()) co_return rpc::invalid_argument(wrong);
    auto result = co_await stripe_gateway::retrieve(invoices_, request, deadline_of(call));
    co_return hand_over(std::move(result), response);
}

asio::awaitable<grpc::Status> Gateway::pay(const rpc::Call& call, const v1::PayInvoiceRequest& request,
                                           v1::StripeInvoice& response) {
    const auto wrong = violations(request);
    if (!wrong.empty()) co_return rpc::invalid_argument(wrong);
    auto result = co_await stripe_gateway::pay(invoices_, request, deadline_of(call));
    co_return hand_over(std::move(result), response);
}

asio::awaitable<grpc::Status> Gateway::finalise(const rpc::Call& call, const v1::FinalizeInvoiceRequest& request,
                                                v1::StripeInvoice& response) {
    const auto wrong = violations(request);
    if (!wrong.empty()) co_return rpc::invalid_argument(wrong);
    auto result = co_await stripe_gateway::finalise(invoices_, request, deadline_of(call));
    co_return hand_over(std::move(result), response);
}

asio::awaitable<grpc::Status> Gateway::make_void(const rpc::Call& call, const v1::VoidInvoiceRequest& request,
                                                 v1::StripeInvoice& response) {
    const auto wrong = violations(request);
    if (!wrong.empty()) co_return rpc::invalid_argument(wrong);
    auto result = co_await stripe_gateway::make_void(invoices_, request, deadline_of(call));
    co_return hand_over(std::move(result), response);
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
