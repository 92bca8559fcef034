#include "edge/responses/payment_error.hpp"

#include <algorithm>

namespace quittance::edge {

void write_payment_error(JsonWriter& json, const v1::PaymentError& error) {
    json.key<"paymentError">();
    json.begin_object();
    json.member<"code">(error.code());
    json.member_or_null<"declineCode">(error.decline_code());
    json.member_or_null<"message">(error.message());
    json.end_object();
}

void add_payment_error(const v1::StripeInvoice& invoice, http::Response& response) {
    if (!invoice.has_payment_error()) return;
    const auto& code = invoice.payment_error().code();
    const bool visible = std::all_of(code.begin(), code.end(), [](char c) { return c > ' ' && c <= '~'; });
    response.headers.push_back({"Quittance-Payment-Error", visible ? code : "payment_refused"});
}

}  // namespace quittance::edge
