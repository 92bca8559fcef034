#include "stripe/json_document.hpp"

#include <algorithm>
#include <boost/json/parser.hpp>
#include <charconv>
#include <memory>

namespace quittance::stripe {
namespace {

// Enough for the parsed form of about 80 KiB of JSON. Larger documents use the heap for the rest.
constexpr std::size_t kKeptBytes = 262'144;
constexpr std::size_t kParserBytes = 4'096;
constexpr std::size_t kDepth = 64;

// The code unit that an escape at `at` stands for (a backslash, a u, four hex digits); nothing if there is none.
std::optional<unsigned> escape_at(std::string_view text, std::size_t at) {
    constexpr std::size_t kLength = 6;
    if (at + kLength > text.size() || text[at] != '\\' || text[at + 1] != 'u') return std::nullopt;
    unsigned value = 0;
    const char* end = text.data() + at + kLength;
    const auto [stopped, problem] = std::from_chars(text.data() + at + 2, end, value, 16);
    if (problem != std::errc() || stopped != end) return std::nullopt;
    return value;
}

bool is_leading(unsigned value) {
    return value >= 0xd800 && value <= 0xdbff;
}

bool is_trailing(unsigned value) {
    return value >= 0xdc00 && value <= 0xdfff;
}

unsigned char* kept_memory() {
    static thread_local const auto kMemory = std::make_unique<unsigned char[]>(kKeptBytes);
    return kMemory.get();
}

}  // namespace

std::string with_whole_surrogates(std::string_view text) {
    constexpr std::size_t kEscape = 6;
    constexpr std::string_view kReplacement = "\\ufffd";
    std::string whole;
    whole.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const auto value = escape_at(text, at);
        std::size_t length = 1;
        if (value) {
            const auto next = is_leading(*value) ? escape_at(text, at + kEscape) : std::nullopt;
            length = next && is_trailing(*next) ? 2 * kEscape : kEscape;
        } else if (text[at] == '\\') {
            length = std::min<std::size_t>(2, text.size() - at);  // an escaped backslash, or another escape
        }
        const bool alone = value && length == kEscape && (is_leading(*value) || is_trailing(*value));
        whole += alone ? kReplacement : text.substr(at, length);
        at += length;
    }
    return whole;
}

JsonDocument::JsonDocument(std::string_view text) : memory_(kept_memory(), kKeptBytes) {
    // Half of a pair of code units stands for no character. Stripe cuts texts that customers wrote, and may cut a pair.
    if (parse(text)) return;
    const auto whole = with_whole_surrogates(text);
    if (whole != text) parse(whole);
}

bool JsonDocument::parse(std::string_view text) {
    memory_.release();
    boost::json::parse_options options;
    options.max_depth = kDepth;
    unsigned char scratch[kParserBytes];
    boost::json::parser parser(boost::json::storage_ptr(), options, scratch);
    parser.reset(&memory_);
    boost::system::error_code failure;
    parser.write(text.data(), text.size(), failure);
    if (failure) return false;
    value_.emplace(parser.release());
    return true;
}

const boost::json::object* JsonDocument::object() const {
    return value_ ? value_->if_object() : nullptr;
}

const boost::json::array* JsonDocument::array() const {
    return value_ ? value_->if_array() : nullptr;
}

}  // namespace quittance::stripe
