#include "base/json_escape.hpp"

#include "base/text.hpp"

namespace quittance::base {
namespace {

// High bits where a byte of `word` is below `limit` (at most 0x80); a borrow may set some above one that is rightly
// set.
std::uint64_t below(std::uint64_t word, std::uint64_t limit) {
    return (word - kEachByte * limit) & ~word & kHighBits;
}

// Not 0 where a byte of `word` is one that JSON writes otherwise.
std::uint64_t escaped(std::uint64_t word) {
    return below(word, 0x20) | below(word ^ kEachByte * '"', 1) | below(word ^ kEachByte * '\\', 1);
}

}  // namespace

void append_unicode_escape(std::string& out, unsigned char byte) {
    out += "\\u00";
    append_hex(out, byte);
}

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    std::size_t copied = 0;
    for (std::size_t i = plain_words_length(text, escaped); i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
        out += text.substr(copied, i - copied);
        copied = i + 1;
        if (byte == '"' || byte == '\\') {
            out += '\\';
            out += text[i];
        } else if (byte == '\n') {
            out += "\\n";
        } else {
            append_unicode_escape(out, byte);
        }
    }
    out += text.substr(copied);
    out += '"';
}

}  // namespace quittance::base
