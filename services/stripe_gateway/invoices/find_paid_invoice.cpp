#include "stripe_gateway/invoices/find_paid_invoice.hpp"

#include <boost/json/array.hpp>
#include <utility>

#include "stripe/json_document.hpp"
#include "stripe/json_fields.hpp"
#include "stripe_gateway/invoices/stripe_pages.hpp"
#include "stripe_gateway/stripe_api/error_status.hpp"

namespace quittance::stripe_gateway {

namespace {

namespace asio = boost::asio;

// The fields of a payment that lead to its invoice.
struct Payment {
    std::string invoice;  // before basil
    std::string payment_intent;
};

grpc::Status without_invoice() {
    return rpc::make_status(grpc::StatusCode::NOT_FOUND, "the payment paid no invoice", "payment_without_invoice");
}

grpc::Status status_of_read(const CallResult& result) {
    return result.status() == 404 ? without_invoice() : status_of(result);
}

asio::awaitable<rpc::Result<Payment>> read_payment(const Invoices& invoices, StripeRequest request, CallBudget budget) {
    auto result = co_await invoices.calls().run(std::move(request), budget);
    if (!result.ok()) co_return status_of_read(result);
    const stripe::JsonDocument document(result.answer()->body);
    std::string problem;
    const stripe::Fields fields(document.object(), problem);
    if (!fields.object()) co_return unreadable("a payment was expected");
    Payment payment;
    payment.invoice = fields.id("invoice");
    payment.payment_intent = fields.id("payment_intent");
    co_return payment;
}

// The invoice of the newest invoice payment with this intent; empty if there is none.
asio::awaitable<rpc::Result<std::string>> invoice_of_intent(const Invoices& invoices, std::string intent,
                                                            CallBudget budget) {
    StripeRequest request{"GET /v1/invoice_payments", "GET", "/v1/invoice_payments", {}, {}};
    request.parameters["payment"] = boost::json::object{{"type", "payment_intent"}, {"payment_intent", intent}};
    auto result = co_await invoices.calls().run(std::move(request), budget);
    if (!result.ok()) co_return status_of_read(result);
    const stripe::JsonDocument document(result.answer()->body);
    std::string problem;
    const auto* data = stripe::Fields(document.object(), problem).list("data");
    if (!data) co_return unreadable("a list of payments was expected");
    for (const auto& element : *data) {
        const auto invoice = stripe::Fields(stripe::object_in(element), problem).id("invoice");
        if (!invoice.empty()) co_return std::string(invoice);
    }
    co_return std::string();
}

}  // namespace

asio::awaitable<rpc::Result<v1::FindPaidInvoiceResponse>> find_paid_invoice(const Invoices& invoices,
                                                                            const v1::FindPaidInvoiceRequest& request,
                                                                            CallBudget budget) {
    const bool payment_has_invoice = !invoices.has_invoice_payments();
    Payment payment;
    payment.payment_intent = request.payment_intent_id();
    if (!request.charge_id().empty() || payment_has_invoice) {
        StripeRequest wire{"GET /v1/charges/{id}", "GET", "/v1/charges/" + request.charge_id(), {}, {}};
        if (request.charge_id().empty()) {
            wire.endpoint = "GET /v1/payment_intents/{id}";
            wire.path = "/v1/payment_intents/" + request.payment_intent_id();
        }
        auto read = co_await read_payment(invoices, std::move(wire), budget);
        if (!read) co_return read.error();
        payment = std::move(*read);
    }
    if (payment.invoice.empty() && !payment_has_invoice && !payment.payment_intent.empty()) {
        auto found = co_await invoice_of_intent(invoices, payment.payment_intent, budget);
        if (!found) co_return found.error();
        payment.invoice = std::move(*found);
    }
    if (payment.invoice.empty()) co_return without_invoice();
    v1::FindPaidInvoiceResponse response;
    response.set_stripe_invoice_id(payment.invoice);
    co_return response;
}

}  // namespace quittance::stripe_gateway
