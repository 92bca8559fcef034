#include "reconcile/refetch.hpp"

#include <utility>
#include <vector>

#include "reconcile/differences.hpp"
#include "reconcile/snapshot_event.hpp"

namespace quittance::reconcile {
namespace {

std::vector<v1::InvoiceEvent> single(v1::InvoiceEvent event) {
    std::vector<v1::InvoiceEvent> events;
    events.push_back(std::move(event));
    return events;
}

Answer<Refetched> report(clients::InvoiceStoreClient& store, const std::string& account,
                         const std::string& stripe_invoice_id, const char* result, Refetched refetched) {
    v1::ReportRefetchRequest request;
    request.set_account(account);
    request.set_stripe_invoice_id(stripe_invoice_id);
    request.set_result(result);
    request.set_detail(refetched.fields);
    const auto reported = co_await store.report_refetch(request);
    if (reported.has_error()) co_return reported.error();
    co_return refetched;
}

// Stripe does not have the invoice. That agrees with a row whose draft was deleted.
Answer<Refetched> report_not_found(clients::InvoiceStoreClient& store, const std::string& account,
                                   const std::string& stripe_invoice_id) {
    constexpr int kDeletedRank = 4;
    const auto get = get_whole_row(stripe_invoice_id);
    const auto row = co_await store.get_invoice(get);
    Refetched refetched{RefetchResult::kNotFound, {}};
    if (!row.has_error() && row->account() == account && row->provenance().rank() == kDeletedRank)
        refetched.result = RefetchResult::kDelivered;
    co_return co_await report(store, account, stripe_invoice_id, "not_found", refetched);
}

// The fields in which the row differs from the answer, unless the row shows something newer.
std::string unrepaired_fields(const v1::Invoice& row, const v1::StripeInvoice& answer) {
    if (row.provenance().event_time().seconds() > answer.answer_time().seconds()) return "";
    return names_of(differences(row, answer.invoice()));
}

// Reads the row again: an answer that was delivered has repaired nothing if the row still differs. A doubt of the
// answer's own second stays on the store's list by itself.
Answer<Refetched> look_again(clients::Services& services, const std::string& account, const v1::StripeInvoice& answer,
                             bool was_unrepaired) {
    const auto& id = answer.invoice().stripe_invoice_id();
    const auto get = get_whole_row(id);
    const auto row = co_await services.store.get_invoice(get);
    if (row.has_error()) co_return row.error();
    Refetched refetched;
    if (row->provenance().refetch_needed()) co_return refetched;
    refetched.fields = unrepaired_fields(*row, answer);
    if (!refetched.fields.empty()) {
        refetched.result = RefetchResult::kUnrepaired;
        co_return co_await report(services.store, account, id, "unrepaired", refetched);
    }
    if (was_unrepaired) co_return co_await report(services.store, account, id, "agreed", refetched);
    co_return refetched;
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

Answer<Refetched> refetch(clients::Services& services, const std::string& account, const std::string& stripe_invoice_id,
                          bool was_unrepaired) {
    const auto answer = co_await retrieve_invoice(services.gateway, account, stripe_invoice_id);
    if (answer.has_error() && answer.error().error_code() == grpc::StatusCode::NOT_FOUND)
        co_return co_await report_not_found(services.store, account, stripe_invoice_id);
    if (answer.has_error()) co_return answer.error();
    if (!answer->invoice().lines_complete())
        co_return rpc::make_status(grpc::StatusCode::UNAVAILABLE, "Stripe did not give all lines", "lines_incomplete");
    auto events = single(snapshot_event(answer->invoice(), answer->answer_time()));
    const auto delivered = co_await deliver(services.store, std::move(events));
    if (delivered.has_error()) co_return delivered.error();
    co_return co_await look_again(services, account, *answer, was_unrepaired);
}

Answer<RefetchResult> resolve_payment(clients::Services& services, const v1::InvoiceEvent& event) {
    v1::FindPaidInvoiceRequest request;
    request.set_account(event.account());
    request.set_payment_intent_id(event.payment_fact().payment_intent_id());
    if (request.payment_intent_id().empty()) request.set_charge_id(event.payment_fact().charge_id());
    const auto found = co_await services.gateway.find_paid_invoice(request);
    if (found.has_error() && found.error().error_code() == grpc::StatusCode::NOT_FOUND)
        co_return RefetchResult::kNotFound;
    if (found.has_error()) co_return found.error();

    const auto& payment = request.payment_intent_id().empty() ? request.charge_id() : request.payment_intent_id();
    v1::InvoiceEvent link;
    // A payment that failed may succeed later, and the event that tells it must not count as known.
    const bool failed = event.payment_fact().kind() == v1::PaymentFact::PAYMENT_FAILURE;
    link.set_event_id((failed ? "open_payment_of_" : "payment_of_") + payment);
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
    fact.set_status(failed ? "open" : "paid");
    auto events = single(std::move(link));
    const auto delivered = co_await deliver(services.store, std::move(events));
    if (delivered.has_error()) co_return delivered.error();
    co_return RefetchResult::kDelivered;
}

}  // namespace quittance::reconcile
