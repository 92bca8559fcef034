// Stripe's parameter schemas of each call at three API versions, read from the embedded subset of its OpenAPI
// description and from the declarations of its SDK: unknown parameters, wrong types, enums, lengths and missing
// parameters are refused here, before a call begins.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "stripe_emulator/model/model.hpp"
#include "stripe_emulator/model/refusal.hpp"

namespace quittance::stripe_emulator {

class Schema {
  public:
    // `subset` is Stripe's. `additions` has the calls and details that the subset leaves out, in the same form.
    // `sdk_parameters` has further calls and versions. What the others say of a version stands.
    Schema(std::string_view subset, std::string_view additions, std::string_view sdk_parameters);

    // The parameters of a call with their types: integers as int64, booleans as bool, the rest as strings; "" stays
    // where it unsets. `pattern` is the path as in the schema, "/v1/invoices/{invoice}". A call without schema takes
    // none.
    Result<json::object> check(std::string_view method, std::string_view pattern, std::string_view version,
                               const json::object& form) const;

  private:
    json::object endpoints_;
};

// The embedded files.
std::string_view embedded_openapi_subset();
std::string_view embedded_schema_additions();
std::string_view embedded_sdk_parameters();

}  // namespace quittance::stripe_emulator
