// SHA-256, for identities, content hashes and tokens.
#pragma once

#include <string>
#include <string_view>

namespace quittance::invoice_store {

// 32 bytes.
std::string sha256(std::string_view bytes);

std::string to_hex(std::string_view bytes);

}  // namespace quittance::invoice_store
