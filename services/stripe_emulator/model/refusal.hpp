// Stripe's errors as values: each function makes one, with Stripe's status, type, code, parameter and wording.
#pragma once

#include <boost/assert/source_location.hpp>
#include <boost/json/object.hpp>
#include <boost/system/result.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace quittance::stripe_emulator {

struct Refusal {
    Refusal() = default;
    // The constructor keeps GCC from making a refusal of a single number, which would hide the value of a Result.
    Refusal(int http_status, boost::json::object inside, bool has_begun, std::optional<bool> retry,
            std::vector<std::pair<std::string, std::string>> more)
        : status(http_status),
          error(std::move(inside)),
          began(has_begun),
          should_retry(retry),
          headers(std::move(more)) {}

    int status = 400;
    boost::json::object error;  // the inside of {"error":{…}}
    // False: refused before anything began, so nothing is kept under the request's idempotency key.
    bool began = true;
    std::optional<bool> should_retry;
    std::vector<std::pair<std::string, std::string>> headers;
};

[[noreturn]] void throw_exception_from_error(const Refusal& refusal, const boost::source_location& location);

template <class Value>
using Result = boost::system::result<Value, Refusal>;

// 400 invalid_request_error; code and param may be empty.
Refusal invalid_request(std::string_view message, std::string_view param = {}, std::string_view code = {});

// Parameters: nothing began.
Refusal parameter_missing(std::string_view param);
Refusal parameter_unknown(const std::vector<std::string>& params);
Refusal parameter_empty(std::string_view param);
Refusal parameter_not_integer(std::string_view param, std::string_view value);
Refusal parameter_invalid(std::string_view param, std::string_view message, std::string_view code = {});

// "No such invoice: 'in_nope'": 404 where the id is in the path, 400 where it is a parameter.
Refusal no_such_in_path(std::string_view kind, std::string_view id, std::string_view param);
Refusal no_such_parameter(std::string_view kind, std::string_view id, std::string_view param);

Refusal not_editable();
Refusal card_error(std::string_view code, std::string_view decline_code, std::string_view message,
                   std::string_view charge);

// Refusals before the operation starts: 401, 403, 404.
Refusal no_api_key();
Refusal bad_api_key(std::string_view key);
// Of a restricted key; `permission`: "rak_invoice_write".
Refusal permission_missing(std::string_view key, std::string_view account, std::string_view permission);
Refusal foreign_account(std::string_view key, std::string_view account);
Refusal unrecognized_url(std::string_view method, std::string_view path);
Refusal idempotency_mismatch(std::string_view key);
Refusal idempotency_in_use(std::string_view key);
Refusal rate_limited(std::string_view reason);
Refusal lock_timeout();
Refusal server_error();

}  // namespace quittance::stripe_emulator
