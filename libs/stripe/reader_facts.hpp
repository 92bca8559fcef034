// Reads the facts in events that do not show an invoice: about an invoice's money, or about a customer. Only reader.cpp
// uses it.
#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "quittance/v1/invoice.pb.h"

namespace quittance::stripe {

// Whether `type` matches `wanted`: an event type's name, or a prefix of names if it ends in a point.
inline bool matches_type(std::string_view wanted, std::string_view type) {
    return wanted.ends_with('.') ? type.starts_with(wanted) : type == wanted;
}

// Fills payment_fact or stripe_customer from `object`, the event's data.object (may be null). The event's type decides
// which. If the object cannot be read, `problem` is filled instead. Nothing is filled if the type promises neither, or
// the object is of an unknown kind. `previous` is data.previous_attributes, or null.
void read_fact(const boost::json::object* object, const boost::json::object* previous, v1::InvoiceEvent& event);

}  // namespace quittance::stripe
