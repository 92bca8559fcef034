// The form encoding of Stripe's API, both ways: nested objects as a[b]=v, arrays as a[0][k]=v or a[]=v. The gateway
// writes it, the emulator reads it. Text only: money goes through as decimal digits and never through a double.
#pragma once

#include <boost/assert/source_location.hpp>
#include <boost/json/object.hpp>
#include <boost/system/result.hpp>
#include <cstddef>
#include <string>
#include <string_view>

namespace quittance::stripe {

// Encodes `object` as a[b]=v in the order of its members, percent-encoded as UTF-8. Arrays get indices, booleans are
// words, integers are decimal digits. null and an empty array give `k=`, which unsets k at Stripe. An empty object
// gives nothing. A member's name must have no bracket, since Stripe refuses those. Throws std::invalid_argument for a
// double.
std::string encode_form(const boost::json::object& object);

struct FormLimits {
    std::size_t bytes = 1024 * 1024;
    std::size_t pairs = 20'000;
    std::size_t depth = 8;  // a[b][c] is 3 deep
};

// The reason why a text is no form. `parameter` is the decoded name from the client, or empty if none was read.
struct FormError {
    std::string message;
    std::string parameter;
};

[[noreturn]] void throw_exception_from_error(const FormError& error, const boost::source_location& location);

// Decodes a form. Every leaf is a string; the caller's schema gives it a type. Brackets may be raw or %5B %5D, a space
// may be '+' or %20. a[0], a[5] give an array in the order of the indices. Below `metadata` (and `..._metadata`) digits
// stay names. In a[][k]=v a repeated key starts a new element. The last of equal names wins. Errors: text that is not
// UTF-8, bad escapes, unbalanced brackets, a name that is both a value and a container, and more than the limits allow.
boost::system::result<boost::json::object, FormError> decode_form(std::string_view text, const FormLimits& limits = {});

}  // namespace quittance::stripe
