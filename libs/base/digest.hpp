// SHA-256 (FIPS 180-4), as bytes and as text.
#pragma once

#include <string>
#include <string_view>

namespace quittance::base {

// 32 bytes.
std::string sha256(std::string_view bytes);

// 64 lower-case hex digits.
std::string sha256_hex(std::string_view bytes);

}  // namespace quittance::base
