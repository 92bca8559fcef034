#include "edge/api/billing_api.hpp"

#include "edge/middleware/entity_tag.hpp"
#include "edge/requests/idempotency_key.hpp"
#include "edge/requests/identifiers.hpp"
#include "edge/requests/paging.hpp"
#include "edge/responses/invoice_json.hpp"
#include "edge/responses/problems.hpp"
#include "edge/responses/serialised_invoices.hpp"

namespace quittance::edge {
namespace {

// The row of the store with the values that Stripe has just answered. The webhook brings the same to the store.
v1::Invoice updated(v1::Invoice row, const v1::Invoice& fresh) {
    auto invoice = fresh;
    invoice.set_id(row.id());
    invoice.set_account(row.account());
    *invoice.mutable_user() = std::move(*row.mutable_user());
    invoice.set_team_id(row.team_id());
    *invoice.mutable_update_time() = row.update_time();
    invoice.set_amount_refunded_minor(row.amount_refunded_minor());
    invoice.set_settlement(fresh.status() == "paid" && row.status() != "paid" ? "settled" : row.settlement());
    if (!invoice.has_last_payment_attempt_time() && row.has_last_payment_attempt_time())
        *invoice.mutable_last_payment_attempt_time() = row.last_payment_attempt_time();
    if (!invoice.lines_complete()) invoice.mutable_lines()->Swap(row.mutable_lines());
    return invoice;
}

}  // namespace

Answer BillingApi::list_invoices(const Caller& caller, const http::Request& request) {
    std::vector<http::FieldError> errors;
    const auto cursor = read_cursor_paging(Query(request.query, kBillingListParameters, errors), errors);
    if (!errors.empty()) co_return invalid(request, std::move(errors));

    v1::ListInvoicesRequest list;
    *list.mutable_scope() = caller.scope;
    list.set_view(v1::VIEW_BILLING);
    list.set_serialised(true);
    list.set_after_id(cursor.starting_after);
    // An empty page still says whether an invoice follows.
    list.set_page_size(cursor.limit == 0 ? 1 : cursor.limit);
    const auto context = read_call_context(request);
    list.set_read_after(context.read_after);
    const auto answer = co_await backends_.list_invoices(std::move(list), context);
    if (answer.has_error() && answer.error().error_code() == grpc::StatusCode::INVALID_ARGUMENT)
        co_return invalid(request, {{"startingAfter", "is not an invoice that you may see"}});
    if (answer.has_error()) co_return answer.error();
    const auto& page = *answer;
    http::Response response;
    response.body = cursor.limit == 0 ? billing_list(v1::ListInvoicesResponse(), has_invoices(page))
                                      : billing_list(page, !page.next_page_token().empty());
    co_return response;
}

rpc::AsyncReply<v1::Invoice> BillingApi::find(const http::Request& request, const v1::Scope& scope,
                                              const char* read_after) {
    v1::GetInvoiceRequest get;
    get.set_id(request.path_parameters.front());
    get.set_view(v1::VIEW_BILLING);
    *get.mutable_scope() = scope;
    if (!could_be_invoice_id(get.id()))
        co_return rpc::make_status(grpc::StatusCode::NOT_FOUND, "There is no such invoice.", "invoice_not_found");
    const auto context = read_call_context(request);
    get.set_read_after(read_after == nullptr ? context.read_after : std::string(read_after));
    co_return co_await backends_.get_invoice(std::move(get), context);
}

Answer BillingApi::get_invoice(const Caller& caller, const http::Request& request) {
    const auto invoice = co_await find(request, caller.scope, nullptr);
    if (invoice.has_error()) co_return invoice_problem(request, invoice.error());
    http::Response response;
    response.body = billing_invoice(*invoice);
    set_entity_tag(request, response);
    co_return response;
}

Answer BillingApi::retry_payment(const Caller& caller, const http::Request& request) {
    std::string key;
    if (!idempotency_key_of(request, key)) co_return invalid(request, {{"Idempotency-Key", kIdempotencyKeyRule}});
    const auto row = co_await find(request, caller.scope, kLatest);
    if (row.has_error()) co_return invoice_problem(request, row.error());
    if (row->status() == "paid" || row->status() == "void" || row->status() == "draft")
        co_return nothing_to_collect(request, row->status());

    v1::PayInvoiceRequest pay;
    pay.set_account(row->account());
    pay.set_stripe_invoice_id(row->stripe_invoice_id());
    pay.set_idempotency_key(key_for_action("retry", row->stripe_invoice_id(), key));
    const auto context = write_call_context(request);
    const auto answer = co_await backends_.gateway.pay_invoice(pay, context);
    if (answer.has_error()) co_return answer.error();
    http::Response response;
    response.body = billing_invoice(updated(*row, answer->invoice()));
    co_return response;
}

}  // namespace quittance::edge
