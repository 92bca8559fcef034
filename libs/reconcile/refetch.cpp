#include "reconcile/refetch.hpp"

#include <utility>
#include <vector>

#include "reconcile/snapshot_event.hpp"

namespace quittance::reconcile {
namespace {

std::vector<v1::InvoiceEvent> single(v1::InvoiceEvent event) {
    std::vector<v1::InvoiceEvent> events;
    events.push_back(std::move(event));
    return events;
}

// For an invoice that Stripe does not have.
Answer<RefetchResult> close_draft(clients::InvoiceStoreClient& store, const std::string& account,
                                  const std::string& stripe_invoice_id) {
    const auto get = get_whole_row(stripe_invoice_id);
    const auto row = co_await store.get_invoice(get);
    if (row.has_error() && row.error().error_code() == grpc::StatusCode::NOT_FOUND) co_return RefetchResult::kUnknown;
    if (row.has_error()) co_return row.error();
    if (row->account() != account) co_return RefetchResult::kUnknown;
    const bool draft = row->status() == "draft";
    // Stripe deletes drafts only. For another invoice the answer means a wrong key or account: the row is delivered as
    // it is, so that its refetch counts as done.
    auto events = single(draft ? deletion_event(*row, now()) : snapshot_event(*row, now()));
    const auto delivered = co_await deliver(store, std::move(events));
    if (delivered.has_error()) co_return delivered.error();
    co_return draft ? RefetchResult::kDeleted : RefetchResult::kUnknown;
}

}  // namespace

rpc::AsyncReply<v1::StripeInvoice> retrieve_invoice(clients::StripeGatewayClient& gateway, const std::string& account,
                                                    const std::string& stripe_invoice_id) {
    v1::RetrieveInvoiceRequest request;
    request.set_account(account);
    request.set_stripe_invoice_id(stripe_invoice_id);
    request.set_background(true);
    co_return co_await gateway.retrieve_invoice(request);
}

Answer<RefetchResult> refetch(clients::Services& services, const std::string& account,
                              const std::string& stripe_invoice_id) {
    const auto answer = co_await retrieve_invoice(services.gateway, account, stripe_invoice_id);
    if (answer.has_error() && answer.error().error_code() == grpc::StatusCode::NOT_FOUND)
        co_return co_await close_draft(services.store, account, stripe_invoice_id);
    if (answer.has_error()) co_return answer.error();
    if (!answer->invoice().lines_complete())
        co_return rpc::make_status(grpc::StatusCode::UNAVAILABLE, "Stripe did not give all lines", "lines_incomplete");
    auto events = single(snapshot_event(answer->invoice(), answer->answer_time()));
    const auto delivered = co_await deliver(services.store, std::move(events));
    if (delivered.has_error()) co_return delivered.error();
    co_return RefetchResult::kDelivered;
}

Answer<RefetchResult> resolve_payment(clients::Services& services, const v1::InvoiceEvent& event) {
    v1::FindPaidInvoiceRequest request;
    request.set_account(event.account());
    request.set_payment_intent_id(event.payment_fact().payment_intent_id());
    if (request.payment_intent_id().empty()) request.set_charge_id(event.payment_fact().charge_id());
    const auto found = co_await services.gateway.find_paid_invoice(request);
    if (found.has_error() && found.error().error_code() == grpc::StatusCode::NOT_FOUND)
        co_return RefetchResult::kUnknown;
    if (found.has_error()) co_return found.error();

    const auto& payment = request.payment_intent_id().empty() ? request.charge_id() : request.payment_intent_id();
    v1::InvoiceEvent link;
    link.set_event_id("payment_of_" + payment);
    link.set_type("quittance.payment_found");
    link.set_account(event.account());
    link.set_livemode(event.livemode());
    *link.mutable_event_time() = event.event_time();
    link.set_object_id(payment);
    link.set_source(v1::InvoiceEvent::SOURCE_REFETCH);
    auto& fact = *link.mutable_payment_fact();
    fact.set_kind(v1::PaymentFact::INVOICE_PAYMENT);
    fact.set_object_id("payment_of_" + payment);
    fact.set_stripe_invoice_id(found->stripe_invoice_id());
    fact.set_payment_intent_id(request.payment_intent_id());
    fact.set_charge_id(request.charge_id());
    fact.set_currency(event.payment_fact().currency());
    fact.set_status("paid");
    auto events = single(std::move(link));
    const auto delivered = co_await deliver(services.store, std::move(events));
    if (delivered.has_error()) co_return delivered.error();
    co_return RefetchResult::kDelivered;
}

}  // namespace quittance::reconcile
