// Reads Stripe's JSON, of any API version, into our messages. Reads only what we need; what is absent counts as null;
// words that we do not know are kept.
#pragma once

#include <boost/assert/source_location.hpp>
#include <boost/json/object.hpp>
#include <boost/system/result.hpp>
#include <string>
#include <string_view>

#include "quittance/v1/invoice.pb.h"

namespace quittance::stripe {

// Why a body is no event: a sentence for the answer and the log, without the body's contents.
struct ReadError {
    std::string detail;
};
[[noreturn]] void throw_exception_from_error(const ReadError& error, const boost::source_location& location);

template <class T>
using ReadResult = boost::system::result<T, ReadError>;

// The envelope and what the event says: the invoice in it (invoice.*), a fact about an invoice's money
// (invoice_payment.*, charge.refunded, charge.refund.*, refund.*, charge.dispute.*, credit_note.*) or the customer
// (customer.created, .updated, .deleted). `body` is kept as the event's payload; `account`, which the body cannot vouch
// for, is left to the caller, and so is `source`, which is SOURCE_WEBHOOK here. Fails for a body that is not a JSON
// object with object "event", an id, a type and a created. An event that claims to show one of these and cannot be read
// is given back without it and with the reason in `event.problem`.
struct EventRead {
    v1::InvoiceEvent event;
    bool concerns_invoice = false;  // the type is one that the store wants
    bool thin = false;              // a notification of API v2, which has no object in it: id and type alone are read
};
ReadResult<EventRead> read_event(std::string_view body);
// The same for an element of a list of events; its payload is the element's text, without indentation.
ReadResult<EventRead> read_event(const boost::json::object& json);

// Whether the store wants events of this type: those of invoices but previews ("invoice.upcoming"), and what changes an
// invoice's story from outside: payments, refunds, credit notes, disputes, customers.
bool concerns_invoice(std::string_view event_type);

// One invoice object, as in data.object or in an answer of the API, also one that says no more than `deleted: true`.
// Fails without an id, a status, a currency, a created, an amount_due or amount_paid, or where an amount is no integer
// of 64 bits or a time none of the years 1970 to 9999. `last_payment_attempt_time` is what an invoice alone can tell:
// when it was paid, if by an attempt; an event may know better. What was paid out of band counts as paid, in both
// shapes.
ReadResult<v1::Invoice> read_invoice(const boost::json::object& json);
ReadResult<v1::Invoice> read_invoice(std::string_view body);
ReadResult<v1::InvoiceLine> read_line(const boost::json::object& json);

}  // namespace quittance::stripe
