// The body of PUT /admin/api/customers/{customer}.
#pragma once

#include <string_view>

#include "edge/requests/json_body.hpp"
#include "quittance/v1/invoice_store.pb.h"

namespace quittance::edge {

struct CustomerBody : BodyErrors {
    v1::Customer customer;  // without the customer's id, which is in the path
};

// {"user":{"_id":"…","name":"…"},"team":"…"}, all required.
CustomerBody read_customer_body(std::string_view body);

}  // namespace quittance::edge
