// SHA-256 as text.
#pragma once

#include <string>
#include <string_view>

namespace quittance::edge {

// 64 lower-case hex digits.
std::string sha256_hex(std::string_view bytes);

}  // namespace quittance::edge
