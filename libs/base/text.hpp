// Text as bytes: ASCII letters, hex digits, base64, UTF-8. None of it depends on a locale.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace quittance::base {

inline constexpr std::string_view kHexDigits = "0123456789abcdef";

constexpr char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr char to_upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

// True where both texts are equal but for the case of ASCII letters.
bool equal_ignoring_case(std::string_view left, std::string_view right);

// Two lower-case hex digits for each byte.
std::string to_hex(std::string_view bytes);
void append_hex(std::string& out, unsigned char byte);

// The value of one hex digit of either case, or -1.
int hex_value(char c);

// The bytes that hex digits of either case stand for. Nothing where a digit is none or their number is odd.
std::optional<std::string> from_hex(std::string_view text);

// True where every character is one of 0-9 a-f. An empty text is.
bool is_lower_hex(std::string_view text);

// base64url without padding (RFC 4648, section 5).
std::string to_base64url(std::string_view bytes);

// Nothing where a character is not of the alphabet or the length is impossible. Padding is refused.
std::optional<std::string> from_base64url(std::string_view text);

// base64 with the standard alphabet, padded or not (RFC 4648, section 4). Nothing for anything else.
std::optional<std::string> from_base64(std::string_view text);

// The length of the well-formed UTF-8 sequence at the front of `text`, 1 to 4. 0 where there is none: overlong forms,
// surrogates and code points above U+10FFFF are not well-formed (RFC 3629, section 4).
std::size_t utf8_sequence_length(std::string_view text);

bool is_utf8(std::string_view text);

}  // namespace quittance::base
