// The body of POST /admin/api/invoices: JSON to a request for the gateway. Checks the form (every field known, of its
// type, there if it must be); the gateway checks the values.
#pragma once

#include <string_view>
#include <vector>

#include "http/server/problem.hpp"
#include "quittance/v1/stripe_gateway.pb.h"

namespace quittance::edge {

struct CreateBody {
    v1::CreateInvoiceRequest request;
    bool malformed = false;  // no JSON object at all; `detail` says why
    std::string detail;
    std::vector<http::FieldError> errors;  // everything that is wrong with the form
};

// Bare or wrapped as {"data":{…}}; field names in the errors are those inside.
CreateBody read_create_body(std::string_view body);

}  // namespace quittance::edge
