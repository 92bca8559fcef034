#include "runtime/identifier.hpp"

#include <openssl/rand.h>

#include <array>
#include <stdexcept>

namespace quittance::runtime {

std::string random_hex_128() {
    std::array<unsigned char, 16> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
        throw std::runtime_error("the operating system gives no random bytes");
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
