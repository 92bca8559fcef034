// Reads Stripe's JSON of any API version into our messages. Only the members that we need are read. An absent member
// counts as null. Unknown words are kept.
#pragma once

#include <boost/assert/source_location.hpp>
#include <boost/json/object.hpp>
#include <boost/system/result.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "quittance/v1/invoice.pb.h"

namespace quittance::stripe {

// The reason why a body cannot be read: a sentence for the answer and the log, without the body's contents.
struct ReadError {
    std::string detail;
};
[[noreturn]] void throw_exception_from_error(const ReadError& error, const boost::source_location& location);

template <class T>
using ReadResult = boost::system::result<T, ReadError>;

// What a notification of Stripe's API v2 (object "v2.core.event") names. It shows nothing of the object.
struct ThinEvent {
    std::string snapshot_event_id;  // the snapshot event of the same fact, "evt_…"; empty: Stripe names none
    std::string object_id;          // empty: no object is named
    std::string object_type;        // "invoice", "refund"
};

// An event with its contents: the invoice (invoice.*), a fact about an invoice's money (invoice_payment.*,
// charge.failed, charge.refunded, charge.refund.*, refund.*, charge.dispute.*, credit_note.*,
// payment_intent.payment_failed), or the customer (customer.created, .updated, .deleted).
struct EventRead {
    v1::InvoiceEvent event;
    bool concerns_invoice = false;  // the store wants events of this type
    // Set for a thin event. The event then has id, type ("v1.invoice.paid"), time, mode and account alone.
    std::optional<ThinEvent> thin{};
};
// Reads an event from a webhook's body, which becomes the event's payload. `source` is SOURCE_WEBHOOK. The caller sets
// `account`, since the body does not prove it. `stripe_account_id` is the account that the event names, in `account` or
// in `context`; most events name none. Fails if the body is no JSON object with object "event", an id, a type
// and a created. If the contents that the type promises cannot be read, the event has none, and `event.problem` has the
// reason.
ReadResult<EventRead> read_event(std::string_view body);
// The same for an element of a list of events. The payload is the element's text without indentation.
ReadResult<EventRead> read_event(const boost::json::object& json);

// Whether the store wants events of this type. It wants events of invoices except previews ("invoice.upcoming"), and
// events of payments, failed payments, refunds, credit notes, disputes and customers, which change what is known about
// an invoice.
bool concerns_invoice(std::string_view event_type);

// The thin event that tells of an event that Stripe failed to make and will never send. Only the event itself, read by
// its id, names the object.
inline constexpr std::string_view kFailedEventsType = "v2.core.health.event_generation_failure.resolved";

// Reads one invoice object, as in data.object or in an answer of the API. An object with only `deleted: true` is read
// too. Fails without an id, a status, a currency, a created, an amount_due or amount_paid. Fails also if an amount is
// no 64-bit integer, or a time is outside of the years 1970 to 9999. `last_payment_attempt_time` is the time of payment
// if an attempt paid the invoice; an event may have a better one. A payment out of band counts as paid, in both shapes.
ReadResult<v1::Invoice> read_invoice(const boost::json::object& json);
ReadResult<v1::Invoice> read_invoice(std::string_view body);
// Reads one line of an invoice. Fails without an id or with an amount that is no 64-bit integer.
ReadResult<v1::InvoiceLine> read_line(const boost::json::object& json);

}  // namespace quittance::stripe
