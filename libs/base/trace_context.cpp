#include "base/trace_context.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <random>
#include <span>

namespace quittance::base {
namespace {

constexpr std::size_t kVersion0Length = 55;  // 2 + 1 + 32 + 1 + 16 + 1 + 2
constexpr std::size_t kLongestState = 512;
constexpr unsigned kSampledFlag = 1;

// Allocates nothing once a thread has one.
std::uint64_t random_bits() {
    thread_local std::mt19937_64 engine = [] {
        std::random_device device;
        std::seed_seq seed{device(), device(), device(), device(), device(), device(), device(), device()};
        return std::mt19937_64(seed);
    }();
    return engine();
}

// Never all zeros, which the standard forbids.
void fill(std::span<unsigned char> bytes) {
    for (std::size_t at = 0; at < bytes.size(); at += sizeof(std::uint64_t)) {
        const auto bits = random_bits() | 1U;
        std::memcpy(bytes.data() + at, &bits, sizeof bits);
    }
}

int digit_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;  // upper-case digits are invalid
}

bool read_hex(std::string_view text, std::span<unsigned char> bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const int high = digit_of(text[2 * i]);
        const int low = digit_of(text[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        bytes[i] = static_cast<unsigned char>(16 * high + low);
    }
    return true;
}

void append_hex(std::string& out, std::span<const unsigned char> bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    for (const unsigned char byte : bytes) {
        out.push_back(kDigits[byte >> 4U]);
        out.push_back(kDigits[byte & 15U]);
    }
}

bool all_zero(std::span<const unsigned char> bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [](unsigned char byte) { return byte == 0; });
}

}  // namespace

TraceContext new_trace() {
    TraceContext context;
    fill(context.trace_id);
    fill(context.span_id);
    return context;
}

TraceContext child_of(const TraceContext& parent) {
    TraceContext context = parent;
    fill(context.span_id);
    return context;
}

std::optional<TraceContext> read_trace_context(std::string_view traceparent, std::string_view tracestate) {
    if (traceparent.size() < kVersion0Length || traceparent[2] != '-' || traceparent[35] != '-' ||
        traceparent[52] != '-')
        return std::nullopt;
    std::array<unsigned char, 1> version{};
    std::array<unsigned char, 1> flags{};
    TraceContext context;
    if (!read_hex(traceparent, version) || !read_hex(traceparent.substr(3), context.trace_id) ||
        !read_hex(traceparent.substr(36), context.span_id) || !read_hex(traceparent.substr(53), flags))
        return std::nullopt;
    if (all_zero(context.trace_id) || all_zero(context.span_id) || version[0] == 0xff) return std::nullopt;
    if (traceparent.size() > kVersion0Length && (version[0] == 0 || traceparent[kVersion0Length] != '-'))
        return std::nullopt;
    context.sampled = (flags[0] & kSampledFlag) != 0;
    const bool printable =
        std::all_of(tracestate.begin(), tracestate.end(), [](char c) { return c >= ' ' && c <= '~'; });
    if (printable && tracestate.size() <= kLongestState) context.state = tracestate;
    return context;
}

std::string traceparent_of(const TraceContext& context) {
    std::string text;
    if (context.empty()) return text;
    text.reserve(kVersion0Length);
    text += "00-";
    append_hex(text, context.trace_id);
    text.push_back('-');
    append_hex(text, context.span_id);
    text += context.sampled ? "-01" : "-00";
    return text;
}

std::string trace_id_of(const TraceContext& context) {
    std::string text;
    if (!context.empty()) append_hex(text, context.trace_id);
    return text;
}

}  // namespace quittance::base
