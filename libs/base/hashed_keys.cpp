#include "base/hashed_keys.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <stdexcept>

#include "base/text.hpp"

namespace quittance::base {
namespace {

constexpr std::size_t kLongestKey = 512;

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

}  // namespace

HashedKeys HashedKeys::parse(std::string_view setting, std::string_view text) {
    HashedKeys keys;
    while (!text.empty()) {
        const auto comma = text.find(',');
        const auto entry = trim(text.substr(0, comma));
        text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
        if (entry.empty()) continue;
        const auto colon = entry.find(':');
        const auto name = trim(entry.substr(0, colon));
        if (colon == std::string_view::npos || name.empty())
            throw std::runtime_error(std::string(setting) + ": each entry is name:sha256hex");
        const auto digest = from_hex(trim(entry.substr(colon + 1)));
        Entry parsed{std::string(name), {}};
        if (!digest || digest->size() != parsed.digest.size())
            throw std::runtime_error(std::string(setting) + ": the hash of '" + parsed.name + "' is not 64 hex digits");
        std::copy(digest->begin(), digest->end(), parsed.digest.begin());
        keys.entries_.push_back(std::move(parsed));
    }
    return keys;
}

std::string_view HashedKeys::name_of(std::string_view key) const {
    if (key.empty() || key.size() > kLongestKey) return {};
    Digest digest{};
    SHA256(reinterpret_cast<const unsigned char*>(key.data()), key.size(), digest.data());
    std::string_view name;
    for (const auto& entry : entries_)
        if (CRYPTO_memcmp(entry.digest.data(), digest.data(), digest.size()) == 0) name = entry.name;
    return name;
}

std::vector<std::string> HashedKeys::names() const {
    std::vector<std::string> names;
    for (const auto& entry : entries_) names.push_back(entry.name);
    return names;
}

}  // namespace quittance::base
