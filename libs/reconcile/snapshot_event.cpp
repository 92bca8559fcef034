#include "reconcile/snapshot_event.hpp"

#include <string>
#include <utility>

#include "runtime/identifier.hpp"

namespace quittance::reconcile {

v1::InvoiceEvent snapshot_event(v1::Invoice invoice, const google::protobuf::Timestamp& answer_time) {
    v1::InvoiceEvent event;
    // Differs from every id of Stripe's ("evt_…"). The random part is needed because two answers may have one second.
    event.set_event_id("refetch_" + invoice.stripe_invoice_id() + "_" + runtime::random_hex_128());
    event.set_type("quittance.refetched");
    event.set_account(invoice.account());
    event.set_livemode(invoice.livemode());
    *event.mutable_event_time() = answer_time;
    event.set_object_id(invoice.stripe_invoice_id());
    event.set_source(v1::InvoiceEvent::SOURCE_REFETCH);
    *event.mutable_invoice() = std::move(invoice);
    return event;
}

}  // namespace quittance::reconcile
