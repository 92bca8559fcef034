#include "edge/auth/base64url.hpp"

#include <cstdint>

extern "C" {
#include <jose/b64.h>
}

namespace quittance::edge {

bool decode_base64url(std::string_view text, std::string& out) {
    const auto size = jose_b64_dec_buf(text.data(), text.size(), nullptr, 0);
    if (size == SIZE_MAX) return false;
    out.resize(size);
    return jose_b64_dec_buf(text.data(), text.size(), out.data(), out.size()) != SIZE_MAX;
}

}  // namespace quittance::edge
