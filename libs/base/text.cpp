#include "base/text.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace quittance::base {
namespace {

constexpr std::size_t kGroup = 4;  // characters of base64 that stand for three bytes

bool is_base64_character(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

// `text`: the standard alphabet without padding.
std::optional<std::string> decode_unpadded(std::string text) {
    const auto rest = text.size() % kGroup;
    if (rest == 1 || !std::all_of(text.begin(), text.end(), is_base64_character)) return std::nullopt;
    const auto padding = rest == 0 ? 0 : kGroup - rest;
    text.append(padding, '=');
    std::string bytes(text.size() / kGroup * 3, '\0');
    const auto written =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    if (written < 0) return std::nullopt;
    bytes.resize(static_cast<std::size_t>(written) - padding);
    return bytes;
}

}  // namespace

bool equal_ignoring_case(std::string_view left, std::string_view right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](char a, char b) { return to_lower(a) == to_lower(b); });
}

void append_hex(std::string& out, unsigned char byte) {
    out += kHexDigits[byte >> 4U];
    out += kHexDigits[byte & 15U];
}

std::string to_hex(std::string_view bytes) {
    std::string hex;
    hex.reserve(2 * bytes.size());
    for (const char c : bytes) append_hex(hex, static_cast<unsigned char>(c));
    return hex;
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::optional<std::string> from_hex(std::string_view text) {
    if (text.size() % 2 != 0) return std::nullopt;
    std::string bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = hex_value(text[i]);
        const int low = hex_value(text[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        bytes += static_cast<char>(high * 16 + low);
    }
    return bytes;
}

bool is_lower_hex(std::string_view text) {
    return text.find_first_not_of(kHexDigits) == std::string_view::npos;
}

std::string to_base64url(std::string_view bytes) {
    std::string text((bytes.size() + 2) / 3 * kGroup + 1, '\0');  // EVP_EncodeBlock ends it with a zero byte
    const auto written =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(written));
    while (!text.empty() && text.back() == '=') text.pop_back();
    std::replace(text.begin(), text.end(), '+', '-');
    std::replace(text.begin(), text.end(), '/', '_');
    return text;
}

std::optional<std::string> from_base64url(std::string_view text) {
    if (text.find_first_of("+/") != std::string_view::npos) return std::nullopt;
    std::string standard(text);
    std::replace(standard.begin(), standard.end(), '-', '+');
    std::replace(standard.begin(), standard.end(), '_', '/');
    return decode_unpadded(std::move(standard));
}

std::optional<std::string> from_base64(std::string_view text) {
    if (text.ends_with('=')) {
        if (text.size() % kGroup != 0) return std::nullopt;
        text.remove_suffix(text.ends_with("==") ? 2 : 1);
    }
    return decode_unpadded(std::string(text));
}

std::size_t utf8_sequence_length(std::string_view text) {
    const auto byte = [text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    const auto between = [](unsigned value, unsigned least, unsigned most) { return value >= least && value <= most; };
    const auto follows = [&](std::size_t i) { return between(byte(i), 0x80, 0xbf); };
    if (text.empty()) return 0;
    const auto first = byte(0);
    if (first < 0x80) return 1;
    if (between(first, 0xc2, 0xdf)) return follows(1) ? 2 : 0;
    if (between(first, 0xe0, 0xef)) {
        const bool good = between(byte(1), first == 0xe0 ? 0xa0 : 0x80, first == 0xed ? 0x9f : 0xbf);
        return good && follows(2) ? 3 : 0;
    }
    if (!between(first, 0xf0, 0xf4)) return 0;
    const bool good = between(byte(1), first == 0xf0 ? 0x90 : 0x80, first == 0xf4 ? 0x8f : 0xbf);
    return good && follows(2) && follows(3) ? 4 : 0;
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const auto length = utf8_sequence_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

}  // namespace quittance::base
