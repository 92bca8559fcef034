#include "runtime/identifier.hpp"

#include <openssl/rand.h>

#include <array>
#include <stdexcept>
#include <utility>

namespace quittance::runtime {

namespace {

using Bytes = std::array<unsigned char, 16>;

// OpenSSL's generator costs the same for many bytes as for few, and every request needs some: so they are drawn in
// advance. Each is given out once.
Bytes random_bytes() {
    constexpr std::size_t kDrawn = 64;
    thread_local std::array<Bytes, kDrawn> drawn;
    thread_local std::size_t left = 0;
    if (left == 0) {
        if (RAND_bytes(drawn.front().data(), static_cast<int>(sizeof(drawn))) != 1)
            throw std::runtime_error("the operating system gives no random bytes");
        left = drawn.size();
    }
    return std::exchange(drawn[--left], Bytes{});
}

}  // namespace

std::string random_hex_128() {
    const auto bytes = random_bytes();
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    text.reserve(2 * bytes.size());
    for (const unsigned char byte : bytes) {
        text.push_back(kDigits[byte >> 4U]);
        text.push_back(kDigits[byte & 15U]);
    }
    return text;
}

std::string request_id_or_new(std::string_view given) {
    constexpr std::string_view kHarmless = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:";
    constexpr std::size_t kLongest = 128;
    if (given.empty() || given.size() > kLongest || given.find_first_not_of(kHarmless) != std::string_view::npos)
        return random_hex_128();
    return std::string(given);
}

}  // namespace quittance::runtime
