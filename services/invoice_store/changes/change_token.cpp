// A token is "1", the database's 16 hex digits, 16 digits each of number and time, and 8 of a hash over all of these.
// The hash tells a damaged token from one that is too old. Tokens are not signed: a forged one shows nothing beyond the
// scope.
#include "invoice_store/changes/change_token.hpp"

#include <algorithm>
#include <charconv>

#include "base/digest.hpp"
#include "base/text.hpp"

namespace quittance::invoice_store {
namespace {

constexpr char kVersion = '1';
constexpr std::size_t kFieldSize = 16;
constexpr std::size_t kHashSize = 8;
constexpr std::size_t kTokenSize = 1 + 3 * kFieldSize + kHashSize;

std::string hex_of(std::int64_t number) {
    char digits[kFieldSize];
    const auto end = std::to_chars(digits, digits + kFieldSize, static_cast<std::uint64_t>(number), 16).ptr;
    const auto size = static_cast<std::size_t>(end - digits);
    return std::string(kFieldSize - size, '0') + std::string(digits, size);
}

std::int64_t number_of(std::string_view hex) {
    std::uint64_t number = 0;
    std::from_chars(hex.data(), hex.data() + hex.size(), number, 16);
    return static_cast<std::int64_t>(number);
}

std::string hash_of(std::string_view text) {
    return base::to_hex(base::sha256(text)).substr(0, kHashSize);
}

}  // namespace

std::string make_change_token(const ChangeToken& token) {
    auto text = kVersion + token.feed_id + hex_of(token.position.seq) + hex_of(token.position.micros);
    text += hash_of(text);
    return text;
}

std::optional<ChangeToken> read_change_token(std::string_view text) {
    if (text.size() != kTokenSize || text.front() != kVersion) return std::nullopt;
    const auto body = text.substr(0, kTokenSize - kHashSize);
    if (text.substr(body.size()) != hash_of(body)) return std::nullopt;
    ChangeToken token;
    token.feed_id = body.substr(1, kFieldSize);
    token.position.seq = number_of(body.substr(1 + kFieldSize, kFieldSize));
    token.position.micros = number_of(body.substr(1 + 2 * kFieldSize, kFieldSize));
    return token;
}

}  // namespace quittance::invoice_store
