#include "base/hashed_keys.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <optional>
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

// Takes the text before `separator`, and the separator, from the front of `rest`.
std::string_view take_part(std::string_view& rest, char separator) {
    const auto end = rest.find(separator);
    const auto part = trim(rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return part;
}

std::string joined(std::span<const std::string_view> words) {
    std::string text;
    for (const auto word : words) text.append(text.empty() ? "" : "+").append(word);
    return text;
}

// "read+write". Nothing if a word is unknown, or if there is none.
std::optional<HashedKeys::Rights> read_rights(std::string_view text, std::span<const std::string_view> words) {
    HashedKeys::Rights rights = 0;
    for (bool more = true; more;) {
        more = text.find('+') != std::string_view::npos;
        const auto found = std::find(words.begin(), words.end(), take_part(text, '+'));
        if (found == words.end()) return std::nullopt;
        rights |= HashedKeys::Rights{1} << (found - words.begin());
    }
    return rights;
}

}  // namespace

HashedKeys HashedKeys::parse(std::string_view setting, std::string_view text,
                             std::span<const std::string_view> rights) {
    HashedKeys keys;
    while (!text.empty()) {
        const auto comma = text.find(',');
        auto entry = trim(text.substr(0, comma));
        text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
        if (entry.empty()) continue;
        const bool has_hash = entry.find(':') != std::string_view::npos;
        Entry parsed{std::string(take_part(entry, ':')), {}, kUnlimited};
        if (!has_hash || parsed.name.empty())
            throw std::runtime_error(std::string(setting) + ": each entry is name:sha256hex" +
                                     (rights.empty() ? "" : " or name:sha256hex:" + joined(rights)));
        const bool limited = !rights.empty() && entry.find(':') != std::string_view::npos;
        const auto digest = from_hex(limited ? take_part(entry, ':') : trim(entry));
        if (!digest || digest->size() != parsed.digest.size())
            throw std::runtime_error(std::string(setting) + ": the hash of '" + parsed.name + "' is not 64 hex digits");
        std::copy(digest->begin(), digest->end(), parsed.digest.begin());
        if (limited) {
            const auto known = read_rights(entry, rights);
            if (!known)
                throw std::runtime_error(std::string(setting) + ": the rights of '" + parsed.name +
                                         "' are not some of " + joined(rights));
            parsed.rights = *known;
        }
        keys.entries_.push_back(std::move(parsed));
    }
    return keys;
}

HashedKeys::Match HashedKeys::find(std::string_view key) const {
    if (key.empty() || key.size() > kLongestKey) return {};
    Digest digest{};
    SHA256(reinterpret_cast<const unsigned char*>(key.data()), key.size(), digest.data());
    Match match;
    for (const auto& entry : entries_)
        if (CRYPTO_memcmp(entry.digest.data(), digest.data(), digest.size()) == 0) match = {entry.name, entry.rights};
    return match;
}

std::vector<std::string> HashedKeys::names() const {
    std::vector<std::string> names;
    for (const auto& entry : entries_) names.push_back(entry.name);
    return names;
}

}  // namespace quittance::base
