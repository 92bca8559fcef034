// Makes the identifiers. Modulo bias does not matter here, since nothing about an emulator's ids is secret.
#include "stripe_emulator/model/ids.hpp"

#include <algorithm>

namespace quittance::stripe_emulator {
namespace {

constexpr std::string_view kLetters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t kTailLength = 10;

std::uint64_t seed_or_random(std::uint64_t seed) {
    if (seed != 0) return seed;
    std::random_device device;
    return (static_cast<std::uint64_t>(device()) << 32U) ^ device();
}

std::string base62(std::int64_t number) {
    std::string text;
    for (auto rest = static_cast<std::uint64_t>(number); rest != 0; rest /= kLetters.size())
        text += kLetters[rest % kLetters.size()];
    std::reverse(text.begin(), text.end());
    return text;
}

}  // namespace

IdSource::IdSource(std::uint64_t seed, std::string_view account)
    : random_(seed_or_random(seed)), tail_(account.substr(account.size() - std::min(account.size(), kTailLength))) {}

std::string IdSource::letters(std::size_t length) {
    std::string text(length, '0');
    for (auto& letter : text) letter = kLetters[random_() % kLetters.size()];
    return text;
}

std::string IdSource::timed(std::string_view prefix, std::int64_t unix_seconds) {
    return std::string(prefix) + base62(unix_seconds) + tail_ + letters(8);
}

std::string IdSource::plain(std::string_view prefix, std::size_t length) {
    return std::string(prefix) + letters(length);
}

std::string IdSource::invoice_prefix() {
    std::string text(8, '0');
    for (auto& letter : text) letter = "0123456789ABCDEF"[random_() % 16];
    return text;
}

}  // namespace quittance::stripe_emulator
