// The body of POST /admin/api/invoices: JSON to a request for the gateway. Checks the form (every field known, of its
// type, there if it must be); the gateway checks the values.
#pragma once

#include <string_view>

#include "edge/requests/json_body.hpp"
#include "quittance/v1/stripe_gateway.pb.h"

namespace quittance::edge {

struct CreateInvoiceBody : BodyErrors {
    v1::CreateInvoiceRequest request;
};

// Bare or wrapped as {"data":{…}}; field names in the errors are those inside.
CreateInvoiceBody read_create_body(std::string_view body);

}  // namespace quittance::edge
