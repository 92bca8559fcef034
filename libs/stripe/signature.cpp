#include "stripe/signature.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

namespace quittance::stripe {
namespace {

constexpr std::size_t kLongestHeader = 4'096;
constexpr std::size_t kLongestTimestamp = 12;
constexpr std::size_t kHexDigits = 64;  // of HMAC-SHA256
constexpr std::string_view kDigits = "0123456789abcdef";

using HexDigest = std::array<char, kHexDigits>;

struct MacFree {
    void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }
    void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};

// Fetched once: fetching takes OpenSSL's locks and costs more than a short HMAC.
EVP_MAC* hmac() {
    static const std::unique_ptr<EVP_MAC, MacFree> kMac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
    return kMac.get();
}

// hex(HMAC-SHA256(secret, timestamp + "." + body)), without a copy of the body.
HexDigest digest(const base::Secret& key, std::string_view timestamp, std::string_view body) {
    const std::string_view secret = key.reveal();
    std::array<char, 7> name{"SHA256"};
    const std::array<OSSL_PARAM, 2> parameters{OSSL_PARAM_construct_utf8_string("digest", name.data(), 0),
                                               OSSL_PARAM_construct_end()};
    const std::unique_ptr<EVP_MAC_CTX, MacFree> context(EVP_MAC_CTX_new(hmac()));
    const auto bytes = [](std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); };
    std::array<unsigned char, kHexDigits / 2> raw{};
    std::size_t written = 0;
    const bool done = context != nullptr &&
                      EVP_MAC_init(context.get(), bytes(secret), secret.size(), parameters.data()) == 1 &&
                      EVP_MAC_update(context.get(), bytes(timestamp), timestamp.size()) == 1 &&
                      EVP_MAC_update(context.get(), bytes("."), 1) == 1 &&
                      EVP_MAC_update(context.get(), bytes(body), body.size()) == 1 &&
                      EVP_MAC_final(context.get(), raw.data(), &written, raw.size()) == 1 && written == raw.size();
    if (!done) throw std::runtime_error("OpenSSL cannot compute HMAC-SHA256");
    HexDigest hex{};
    for (std::size_t i = 0; i < raw.size(); ++i) {
        hex[2 * i] = kDigits[raw[i] >> 4U];
        hex[2 * i + 1] = kDigits[raw[i] & 0x0FU];
    }
    return hex;
}

struct Header {
    std::string_view timestamp;  // as it was signed: the digits themselves
    std::int64_t seconds = 0;
    std::vector<std::string_view> signatures;  // every v1
};

// If t occurs several times, the last one counts, as in Stripe's own libraries. Schemes other than v1 are ignored.
std::optional<Header> read_header(std::string_view text) {
    if (text.size() > kLongestHeader) return std::nullopt;
    Header header;
    while (!text.empty()) {
        const auto comma = text.find(',');
        const auto part = text.substr(0, comma);
        text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
        if (part.starts_with("t=")) header.timestamp = part.substr(2);
        if (part.starts_with("v1=")) header.signatures.push_back(part.substr(3));
    }
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    const auto& digits = header.timestamp;
    if (digits.empty() || digits.size() > kLongestTimestamp || !std::all_of(digits.begin(), digits.end(), is_digit))
        return std::nullopt;
    std::from_chars(digits.data(), digits.data() + digits.size(), header.seconds);
    return header;
}

// Compares every signature and all of its bytes, also after one matched: the time must not depend on the match.
bool any_equals(const std::vector<std::string_view>& signatures, const HexDigest& expected) {
    bool found = false;
    for (const auto signature : signatures)
        if (signature.size() == expected.size())
            found |= CRYPTO_memcmp(signature.data(), expected.data(), expected.size()) == 0;
    return found;
}

std::optional<std::size_t> fitting_secret(const Header& header, std::string_view body,
                                          std::span<const base::Secret> secrets) {
    for (std::size_t i = 0; i < secrets.size(); ++i) {
        if (secrets[i].empty()) continue;  // anybody can sign with an empty key
        if (any_equals(header.signatures, digest(secrets[i], header.timestamp, body))) return i;
    }
    return std::nullopt;
}

bool any_usable(std::span<const base::Secret> secrets) {
    return std::any_of(secrets.begin(), secrets.end(), [](const base::Secret& secret) { return !secret.empty(); });
}

bool is_digest(std::string_view signature) {
    return signature.size() == kHexDigits && signature.find_first_not_of(kDigits) == std::string_view::npos;
}

SignatureProblem check_time(const Header& header, std::int64_t now, std::int64_t tolerance_seconds) {
    if (tolerance_seconds > 0 && now - header.seconds > tolerance_seconds) return SignatureProblem::kTimestampTooOld;
    if (tolerance_seconds > 0 && header.seconds - now > tolerance_seconds) return SignatureProblem::kTimestampInFuture;
    return SignatureProblem::kNone;
}

}  // namespace

std::string_view name_of(SignatureProblem problem) {
    switch (problem) {
        case SignatureProblem::kNone:
            return "ok";
        case SignatureProblem::kNoSecret:
            return "no_secret";
        case SignatureProblem::kMissingHeader:
            return "missing_header";
        case SignatureProblem::kBadHeader:
            return "bad_header";
        case SignatureProblem::kNoSignatures:
            return "no_signatures";
        case SignatureProblem::kNoMatch:
            return "no_match";
        case SignatureProblem::kTimestampTooOld:
            return "timestamp_too_old";
        case SignatureProblem::kTimestampInFuture:
            return "timestamp_in_future";
        case SignatureProblem::kBadPayload:
            return "bad_payload";
    }
    return "unknown";
}

SignatureProblem check_signature_header(std::string_view header, std::span<const base::Secret> secrets,
                                        std::int64_t now, std::int64_t tolerance_seconds) {
    if (!any_usable(secrets)) return SignatureProblem::kNoSecret;
    if (header.empty()) return SignatureProblem::kMissingHeader;
    const auto read = read_header(header);
    if (!read) return SignatureProblem::kBadHeader;
    if (read->signatures.empty()) return SignatureProblem::kNoSignatures;
    if (std::none_of(read->signatures.begin(), read->signatures.end(), is_digest)) return SignatureProblem::kNoMatch;
    return check_time(*read, now, tolerance_seconds);
}

SignatureCheck verify_signature(std::string_view header, std::string_view body, std::span<const base::Secret> secrets,
                                std::int64_t now, std::int64_t tolerance_seconds) {
    if (!any_usable(secrets)) return {SignatureProblem::kNoSecret};
    if (header.empty()) return {SignatureProblem::kMissingHeader};
    if (body.empty()) return {SignatureProblem::kBadPayload};
    const auto read = read_header(header);
    if (!read) return {SignatureProblem::kBadHeader};
    if (read->signatures.empty()) return {SignatureProblem::kNoSignatures};
    const auto fitting = fitting_secret(*read, body, secrets);
    if (!fitting) return {SignatureProblem::kNoMatch};
    return {check_time(*read, now, tolerance_seconds), *fitting};
}

std::string sign(std::string_view body, std::span<const base::Secret> secrets, std::int64_t timestamp) {
    const auto digits = std::to_string(timestamp);
    std::string header = "t=" + digits;
    for (const auto& secret : secrets) {
        const auto hex = digest(secret, digits, body);
        header.append(",v1=").append(hex.data(), hex.size());
    }
    return header;
}

}  // namespace quittance::stripe
