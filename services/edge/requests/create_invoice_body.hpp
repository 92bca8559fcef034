// The body of POST /admin/api/invoices: from JSON to a request for the gateway. The reader checks the form: every field
// is known, has its type, and is there if it is required. The gateway checks the values.
#pragma once

#include <string_view>

#include "edge/requests/json_body.hpp"
#include "quittance/v1/stripe_gateway.pb.h"

namespace quittance::edge {

struct CreateInvoiceBody : BodyErrors {
    v1::CreateInvoiceRequest request;
};

// The body may be wrapped as {"data":{…}}. The errors name the fields without `data`.
CreateInvoiceBody read_create_body(std::string_view body);

}  // namespace quittance::edge
