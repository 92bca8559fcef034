// Which keys of a key set may verify tokens, and with which algorithms. The algorithms are those of RFC 7518, 3.3 to
// 3.5. A weak key is left out of the set, so that no token can choose it.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

namespace quittance::edge {

// True for an algorithm that tokens may use: RS, PS and ES with 256, 384 and 512.
bool allowed_algorithm(std::string_view algorithm);

// The type of key (`kty`) that an allowed algorithm needs. A token must not choose how its key is used.
std::string_view key_type_of(std::string_view algorithm);

// The curve (`crv`) that an ES algorithm needs (RFC 7518, 3.4). Empty for other algorithms.
std::string_view curve_of(std::string_view algorithm);

// Why a JWK cannot verify tokens, as the end of a sentence that starts with "the key". Empty if it can. RSA keys need
// 2,048 to 8,192 bits (RFC 7518, 3.3) and an odd exponent from 65,537 (FIPS 186-5, A.1.1) below 2^64.
std::string problem_of_key(const boost::json::object& jwk);

}  // namespace quittance::edge
