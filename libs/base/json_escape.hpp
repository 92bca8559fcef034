// Strings of JSON (RFC 8259, section 7). Nearly every string is written out as it is, so eight bytes are checked at
// once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace quittance::base {

// Appends `text` between quotes, escaped where JSON asks for it. `text` should be UTF-8; bytes that are not go through.
void append_json_string(std::string& out, std::string_view text);

// Appends "\u00XX" for one byte.
void append_unicode_escape(std::string& out, unsigned char byte);

inline constexpr std::uint64_t kEachByte = 0x0101010101010101;  // times a byte: that byte eight times
inline constexpr std::uint64_t kHighBits = kEachByte * 0x80;

// The length of the whole words of eight bytes before the first of which `special(word)` is not 0; a rest of fewer than
// eight bytes is not looked at.
template <class Special>
std::size_t plain_words_length(std::string_view text, Special special) {
    std::size_t length = 0;
    for (std::uint64_t word = 0; length + sizeof word <= text.size(); length += sizeof word) {
        std::memcpy(&word, text.data() + length, sizeof word);
        if (special(word) != 0) break;
    }
    return length;
}

}  // namespace quittance::base
