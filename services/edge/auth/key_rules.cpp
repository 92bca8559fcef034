#include "edge/auth/key_rules.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <optional>

#include "base/text.hpp"

namespace quittance::edge {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 9> kAlgorithms{"RS256", "RS384", "RS512", "PS256", "PS384",
                                                      "PS512", "ES256", "ES384", "ES512"};
constexpr std::array<std::string_view, 3> kCurves{"P-256", "P-384", "P-521"};
constexpr std::size_t kLeastRsaBits = 2'048;
constexpr std::size_t kMostRsaBits = 8'192;
constexpr std::uint64_t kLeastExponent = 65'537;
constexpr std::size_t kByteBits = 8;

std::string_view text_of(const json::object& object, json::string_view name) {
    const auto* value = object.if_contains(name);
    const auto* text = value != nullptr ? value->if_string() : nullptr;
    return text != nullptr ? std::string_view(text->data(), text->size()) : std::string_view();
}

// The bytes of a Base64urlUInt (RFC 7518, 2) without zeros in front. Nothing if it is none.
std::optional<std::string> read_number(const json::object& jwk, json::string_view name) {
    auto bytes = base::from_base64url(text_of(jwk, name));
    if (!bytes) return std::nullopt;
    bytes->erase(0, std::min(bytes->find_first_not_of('\0'), bytes->size()));
    if (bytes->empty()) return std::nullopt;
    return bytes;
}

std::size_t bits_of(const std::string& number) {
    return (number.size() - 1) * kByteBits + std::bit_width(static_cast<unsigned char>(number.front()));
}

std::string problem_of_rsa(const json::object& jwk) {
    const auto modulus = read_number(jwk, "n");
    const auto exponent = read_number(jwk, "e");
    if (!modulus || !exponent) return "has no modulus or no exponent";
    const auto bits = bits_of(*modulus);
    if (bits < kLeastRsaBits || bits > kMostRsaBits)
        return "has " + std::to_string(bits) + " bits; RSA keys need 2048 to 8192";
    std::uint64_t value = 0;
    if (exponent->size() <= sizeof value)
        for (const char byte : *exponent) value = value << kByteBits | static_cast<unsigned char>(byte);
    if (value < kLeastExponent || value % 2 == 0) return "has an exponent that is not odd, below 65537 or above 2^64";
    return {};
}

std::string problem_of_curve(const json::object& jwk, std::string_view algorithm) {
    const auto curve = text_of(jwk, "crv");
    if (std::find(kCurves.begin(), kCurves.end(), curve) == kCurves.end())
        return "is of another curve than P-256, P-384 and P-521";
    if (!algorithm.empty() && curve_of(algorithm) != curve) return "has a curve that its `alg` contradicts";
    return {};
}

}  // namespace

bool allowed_algorithm(std::string_view algorithm) {
    return std::find(kAlgorithms.begin(), kAlgorithms.end(), algorithm) != kAlgorithms.end();
}

std::string_view key_type_of(std::string_view algorithm) {
    return algorithm.starts_with("ES") ? "EC" : "RSA";
}

std::string_view curve_of(std::string_view algorithm) {
    if (algorithm == "ES256") return kCurves[0];
    if (algorithm == "ES384") return kCurves[1];
    if (algorithm == "ES512") return kCurves[2];
    return {};
}

std::string problem_of_key(const json::object& jwk) {
    const auto type = text_of(jwk, "kty");
    const auto use = text_of(jwk, "use");
    const auto algorithm = text_of(jwk, "alg");
    if (text_of(jwk, "kid").empty()) return "has no kid";
    if (type != "RSA" && type != "EC") return "is neither RSA nor EC";
    if (!use.empty() && use != "sig") return "is not for signatures";
    if (!algorithm.empty() && (!allowed_algorithm(algorithm) || key_type_of(algorithm) != type))
        return "has an `alg` that tokens may not use";
    return type == "RSA" ? problem_of_rsa(jwk) : problem_of_curve(jwk, algorithm);
}

}  // namespace quittance::edge
