// What events say about an invoice's money, or about a customer, without showing the invoice. For reader.cpp alone.
#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "quittance/v1/invoice.pb.h"

namespace quittance::stripe {

// `wanted` is an event type's name, or a prefix of names where it ends in a point.
inline bool matches_type(std::string_view wanted, std::string_view type) {
    return wanted.ends_with('.') ? type.starts_with(wanted) : type == wanted;
}

// Fills payment_fact or stripe_customer after the event's type from `object`, its data.object (may be null). Where the
// type promises one of these and the object cannot be read, `problem` is filled instead; where the type promises
// neither, or the object is of a kind that we do not know there, nothing is. `previous` is data.previous_attributes,
// null where there are none.
void read_fact(const boost::json::object* object, const boost::json::object* previous, v1::InvoiceEvent& event);

}  // namespace quittance::stripe
