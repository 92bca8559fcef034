// "1" + id + 16 hex digits of a hash over scope and filter, as base64url. Not secret and not signed: a forged token
// shows nothing that the same filter would not, because the scope is part of every query.
#include "invoice_store/lists/page_token.hpp"

#include <algorithm>

#include "invoice_store/digest.hpp"

namespace quittance::invoice_store {
namespace {

constexpr char kVersion = '1';
constexpr std::size_t kIdSize = 24;
constexpr std::size_t kMarkSize = 16;
constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string encode(std::string_view bytes) {
    std::string text;
    unsigned buffer = 0;
    int bits = 0;
    for (const char c : bytes) {
        buffer = buffer << 8 | static_cast<unsigned char>(c);
        for (bits += 8; bits >= 6; bits -= 6) text += kAlphabet[buffer >> (bits - 6) & 63];
    }
    if (bits > 0) text += kAlphabet[buffer << (6 - bits) & 63];
    return text;
}

std::optional<std::string> decode(std::string_view text) {
    std::string bytes;
    unsigned buffer = 0;
    int bits = 0;
    for (const char c : text) {
        const auto digit = kAlphabet.find(c);
        if (digit == std::string_view::npos) return std::nullopt;
        buffer = buffer << 6 | static_cast<unsigned>(digit);
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        bytes += static_cast<char>(buffer >> bits & 255);
    }
    return bytes;
}

std::string mark_of(const v1::ListInvoicesRequest& request) {
    // Neither message has a map: their bytes are the same for the same contents.
    return to_hex(sha256(request.scope().SerializeAsString() + "|" + request.filter().SerializeAsString()))
        .substr(0, kMarkSize);
}

bool is_hex(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

std::string make_page_token(std::string_view last_id, const v1::ListInvoicesRequest& request) {
    return encode(kVersion + std::string(last_id) + mark_of(request));
}

std::optional<std::string> read_page_token(const v1::ListInvoicesRequest& request) {
    if (request.page_token().size() > 100) return std::nullopt;
    const auto bytes = decode(request.page_token());
    if (!bytes || bytes->size() != 1 + kIdSize + kMarkSize || bytes->front() != kVersion) return std::nullopt;
    auto id = bytes->substr(1, kIdSize);
    if (!is_hex(id) || bytes->substr(1 + kIdSize) != mark_of(request)) return std::nullopt;
    return id;
}

}  // namespace quittance::invoice_store
