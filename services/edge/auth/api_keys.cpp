#include "edge/auth/api_keys.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <stdexcept>

#include "base/text.hpp"

namespace quittance::edge {
namespace {

constexpr std::size_t kLongestKey = 512;

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

}  // namespace

ApiKeys ApiKeys::parse(std::string_view text) {
    ApiKeys keys;
    while (!text.empty()) {
        const auto comma = text.find(',');
        const auto entry = trim(text.substr(0, comma));
        text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
        if (entry.empty()) continue;
        const auto colon = entry.find(':');
        const auto name = trim(entry.substr(0, colon));
        if (colon == std::string_view::npos || name.empty())
            throw std::runtime_error("ADMIN_API_KEY_HASHES: each entry is name:sha256hex");
        const auto digest = base::from_hex(trim(entry.substr(colon + 1)));
        Entry parsed{std::string(name), {}};
        if (!digest || digest->size() != parsed.digest.size())
            throw std::runtime_error("ADMIN_API_KEY_HASHES: the hash of '" + parsed.name + "' is not 64 hex digits");
        std::copy(digest->begin(), digest->end(), parsed.digest.begin());
        keys.entries_.push_back(std::move(parsed));
    }
    return keys;
}

std::string_view ApiKeys::name_of(std::string_view key) const {
    if (key.empty() || key.size() > kLongestKey) return {};
    Digest digest{};
    SHA256(reinterpret_cast<const unsigned char*>(key.data()), key.size(), digest.data());
    std::string_view name;
    for (const auto& entry : entries_)
        if (CRYPTO_memcmp(entry.digest.data(), digest.data(), digest.size()) == 0) name = entry.name;
    return name;
}

}  // namespace quittance::edge
