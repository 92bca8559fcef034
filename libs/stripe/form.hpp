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

// `a[b]=v` in the order of the object's members, percent-encoded as UTF-8; arrays with indices, true and false as
// words, integers as decimal digits. null is `k=`, which unsets k at Stripe, and so is an empty array; an empty object
// gives nothing. A member's name must not hold a bracket (Stripe refuses those). Throws std::invalid_argument for a
// double.
std::string encode_form(const boost::json::object& object);

struct FormLimits {
    std::size_t bytes = 1024 * 1024;
    std::size_t pairs = 20'000;
    std::size_t depth = 8;  // a[b][c] is 3 deep
};

// Why a text is no form. `parameter` is the name as the client wrote it, decoded, where one was read.
struct FormError {
    std::string message;
    std::string parameter;
};

[[noreturn]] void throw_exception_from_error(const FormError& error, const boost::source_location& location);

// Every leaf is a string; types are the schema's business. Takes brackets raw or as %5B %5D, a space as '+' or %20.
// a[0], a[5] give an array in the order of the indices, except below `metadata` (and `..._metadata`), whose members are
// names even where they are digits. In a[][k]=v a new element starts where a key repeats. The last of equal names wins.
// Refused: text that is not UTF-8, bad escapes, unbalanced brackets, a name that is both a value and a container,
// whatever exceeds the limits.
boost::system::result<boost::json::object, FormError> decode_form(std::string_view text, const FormLimits& limits = {});

}  // namespace quittance::stripe
