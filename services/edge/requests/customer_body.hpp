// The body of PUT /admin/api/customers/{customer}.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/server/problem.hpp"
#include "quittance/v1/invoice_store.pb.h"

namespace quittance::edge {

struct CustomerBody {
    v1::Customer customer;   // without the customer's id, which stands in the path
    bool malformed = false;  // no JSON object at all; `detail` says why
    std::string detail;
    std::vector<http::FieldError> errors;
};

// {"user":{"_id":"…","name":"…"},"team":"…"}, all three needed.
CustomerBody read_customer_body(std::string_view body);

}  // namespace quittance::edge
