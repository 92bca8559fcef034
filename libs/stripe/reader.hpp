// Reads Stripe's JSON, of any API version, into our messages. Reads only what we need; what is absent counts as null;
// words that we do not know are kept.
#pragma once

#include <string>
#include <string_view>

#include <boost/json/object.hpp>
#include <boost/system/result.hpp>

#include "quittance/v1/invoice.pb.h"

namespace quittance::stripe {

// Why a body is no event: a sentence for the answer and the log, without the body's contents.
struct ReadError {
    std::string detail;
};
template <class T>
using ReadResult = boost::system::result<T, ReadError>;

// The envelope and, for invoice events, the invoice in it. `body` is kept as the event's payload. Fails for a body that
// is not a JSON object with object "event", an id, a type and a created; an invoice event whose invoice cannot be read
// is given back without `invoice` and with the reason in `problem`.
struct EventRead {
    v1::InvoiceEvent event;
    bool concerns_invoice = false;  // the type is one that the store wants
    std::string problem;            // why the invoice in it could not be read; empty: nothing is wrong
};
ReadResult<EventRead> read_event(std::string_view body);

// One invoice object, as in data.object or in an answer of the API. Fails without an id, or where an amount is no
// integer of 64 bits.
ReadResult<v1::Invoice> read_invoice(const boost::json::object& json);
ReadResult<v1::Invoice> read_invoice(std::string_view body);
ReadResult<v1::InvoiceLine> read_line(const boost::json::object& json);

}  // namespace quittance::stripe
