// How long a header is, whatever pieces the bytes come in.
#include "rpc/server/header_blocks.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <string>

using quittance::rpc::HeaderBlocks;

namespace {

constexpr std::size_t kMost = 1'000;
constexpr char kData = 0;
constexpr char kHeaders = 1;
constexpr char kSettings = 4;
constexpr char kContinuation = 9;
constexpr char kEndHeaders = 4;

const std::string kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

std::string frame(char type, char flags, std::size_t length) {
    std::string bytes{static_cast<char>(length >> 16U), static_cast<char>(length >> 8U), static_cast<char>(length),
                      type, flags, 0, 0, 0, 1};
    return bytes + std::string(length, '\x09');  // a payload that looks like frames
}

bool takes(HeaderBlocks& blocks, const std::string& bytes) {
    return blocks.take({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

// The same verdict, however the bytes are cut.
bool fits(const std::string& bytes) {
    HeaderBlocks whole(kMost);
    const bool verdict = takes(whole, bytes);
    std::mt19937 random(42);  // NOLINT(cert-msc51-cpp): the same cuts in each run
    for (const std::size_t longest : {std::size_t{1}, std::size_t{7}, std::size_t{300}}) {
        HeaderBlocks pieces(kMost);
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
    CHECK(fits(kPreface + frame(kHeaders, 0, 400) + frame(kContinuation, 0, 400) + frame(kContinuation, kEndHeaders, 200)));
    CHECK_FALSE(fits(kPreface + frame(kHeaders, kEndHeaders, kMost + 1)));
    CHECK_FALSE(fits(kPreface + frame(kHeaders, 0, 400) + frame(kContinuation, 0, 400) + frame(kContinuation, kEndHeaders, 201)));
}

TEST_CASE("each header counts by itself, and data do not count") {
    std::string bytes = kPreface;
    for (int i = 0; i < 20; ++i)
        bytes += frame(kHeaders, 0, 500) + frame(kContinuation, kEndHeaders, 500) + frame(kData, 0, 5'000);
    CHECK(fits(bytes));
    CHECK_FALSE(fits(bytes + frame(kHeaders, 0, 500) + frame(kContinuation, 0, 501)));
}

TEST_CASE("a header without end is noticed at the frame that is too much, before its payload") {
    HeaderBlocks blocks(kMost);
    CHECK(takes(blocks, kPreface + frame(kHeaders, 0, 900)));
    CHECK_FALSE(takes(blocks, frame(kContinuation, 0, 101).substr(0, 9)));
    CHECK_FALSE(takes(blocks, "anything"));
}
