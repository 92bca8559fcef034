// How long a header is, and how often a call is reset, whatever pieces the bytes come in.
#include "rpc/server/header_blocks.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <string>

using quittance::rpc::HeaderBlocks;
using quittance::rpc::ResetBudget;

namespace {

constexpr std::size_t kMost = 1'000;
constexpr char kData = 0;
constexpr char kHeaders = 1;
constexpr char kRstStream = 3;
constexpr char kSettings = 4;
constexpr char kContinuation = 9;
constexpr char kEndHeaders = 4;

const std::string kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

std::string frame(char type, char flags, std::size_t length) {
    std::string bytes{static_cast<char>(length >> 16U),
                      static_cast<char>(length >> 8U),
                      static_cast<char>(length),
                      type,
                      flags,
                      0,
                      0,
                      0,
                      1};
    return bytes + std::string(length, '\x09');  // a payload that looks like frames
}

const ResetBudget::Clock::time_point kNow{std::chrono::hours(1)};

HeaderBlocks::Verdict verdict_of(HeaderBlocks& blocks, const std::string& bytes) {
    return blocks.take({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, kNow);
}

bool takes(HeaderBlocks& blocks, const std::string& bytes) {
    return verdict_of(blocks, bytes) == HeaderBlocks::Verdict::kFits;
}

// The same verdict, however the bytes are cut.
bool fits(const std::string& bytes) {
    ResetBudget resets;
    HeaderBlocks whole(kMost, resets);
    const bool verdict = takes(whole, bytes);
    std::mt19937 random(42);  // NOLINT(cert-msc51-cpp): the same cuts in each run
    for (const std::size_t longest : {std::size_t{1}, std::size_t{7}, std::size_t{300}}) {
        ResetBudget again;
        HeaderBlocks pieces(kMost, again);
        bool last = true;
        for (std::size_t at = 0; at < bytes.size();) {
            const auto size = std::uniform_int_distribution<std::size_t>(1, longest)(random);
            last = takes(pieces, bytes.substr(at, size));
            at += size;
        }
        CHECK(last == verdict);
    }
    return verdict;
}

}  // namespace

TEST_CASE("a header may be as long as the limit, in one frame or in many") {
    CHECK(fits(kPreface + frame(kSettings, 0, 0) + frame(kHeaders, kEndHeaders, kMost)));
    CHECK(fits(kPreface + frame(kHeaders, 0, 400) + frame(kContinuation, 0, 400) +
               frame(kContinuation, kEndHeaders, 200)));
    CHECK_FALSE(fits(kPreface + frame(kHeaders, kEndHeaders, kMost + 1)));
    CHECK_FALSE(fits(kPreface + frame(kHeaders, 0, 400) + frame(kContinuation, 0, 400) +
                     frame(kContinuation, kEndHeaders, 201)));
}

TEST_CASE("each header counts by itself, and data do not count") {
    std::string bytes = kPreface;
    for (int i = 0; i < 20; ++i)
        bytes += frame(kHeaders, 0, 500) + frame(kContinuation, kEndHeaders, 500) + frame(kData, 0, 5'000);
    CHECK(fits(bytes));
    CHECK_FALSE(fits(bytes + frame(kHeaders, 0, 500) + frame(kContinuation, 0, 501)));
}

TEST_CASE("a header without end is noticed at the frame that is too much, before its payload") {
    ResetBudget resets;
    HeaderBlocks blocks(kMost, resets);
    CHECK(takes(blocks, kPreface + frame(kHeaders, 0, 900)));
    CHECK_FALSE(takes(blocks, frame(kContinuation, 0, 101).substr(0, 9)));
    CHECK_FALSE(takes(blocks, "anything"));
}

TEST_CASE("a call that is reset counts, and a connection with too many is told from one with a long header") {
    const auto calls = [](int count) {
        std::string bytes = kPreface;
        for (int i = 0; i < count; ++i) bytes += frame(kHeaders, kEndHeaders, 20) + frame(kRstStream, 0, 4);
        return bytes;
    };
    CHECK(fits(calls(2'048)));
    CHECK_FALSE(fits(calls(2'049)));
    ResetBudget resets;
    HeaderBlocks flooded(kMost, resets);
    CHECK(verdict_of(flooded, calls(3'000)) == HeaderBlocks::Verdict::kTooManyResets);
    CHECK(verdict_of(flooded, frame(kData, 0, 1)) == HeaderBlocks::Verdict::kTooManyResets);
    ResetBudget others;
    HeaderBlocks long_header(kMost, others);
    CHECK(verdict_of(long_header, kPreface + frame(kHeaders, 0, kMost + 1)) == HeaderBlocks::Verdict::kHeaderTooLong);
}
