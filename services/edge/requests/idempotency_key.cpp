#include "edge/requests/idempotency_key.hpp"

#include "base/digest.hpp"
#include "runtime/identifier.hpp"

namespace quittance::edge {

bool idempotency_key_of(const http::Request& request, std::string& key) {
    constexpr std::size_t kLongest = 255;
    const auto* given = http::find_header(request.headers, "Idempotency-Key");
    if (given == nullptr) {
        key = runtime::random_hex_128();
        return true;
    }
    key = *given;
    if (key.empty() || key.size() > kLongest) return false;
    if (http::count_headers(request.headers, "Idempotency-Key") > 1) return false;
    for (const char c : key)
        if (c < 0x21 || c > 0x7e) return false;
    return true;
}

std::string key_for_action(std::string_view action, const std::string& invoice_id, const std::string& key) {
    return std::string(action) + "-" + base::sha256_hex(invoice_id + "\n" + key);
}

}  // namespace quittance::edge
