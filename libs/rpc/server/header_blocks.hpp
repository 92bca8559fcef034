// Follows the frames that an HTTP/2 client sends, far enough to see two things: how long a header is, the HEADERS frame
// and the CONTINUATION frames behind it before the flag END_HEADERS (RFC 9113, 6.2 and 6.10); and how often the client
// resets calls (RST_STREAM, 6.4).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "rpc/server/reset_budget.hpp"

namespace quittance::rpc {

class HeaderBlocks {
  public:
    enum class Verdict : std::uint8_t { kFits, kHeaderTooLong, kTooManyResets };

    // `most`: bytes of one header, as they are on the wire. `resets`: of all connections; must outlive this.
    HeaderBlocks(std::size_t most, ResetBudget& resets) : most_(most), resets_(resets) {}

    // The next bytes of the connection, in any pieces, from the client's preface on. What does not fit any more does
    // not fit from then on.
    Verdict take(std::span<const std::uint8_t> bytes, ResetBudget::Clock::time_point now = ResetBudget::Clock::now());

  private:
    static constexpr std::size_t kFrameHead = 9;

    void read_head(ResetBudget::Clock::time_point now);

    const std::size_t most_;
    std::size_t skip_ = 24;  // until the next frame's head; at first the preface (RFC 9113, 3.4)
    std::array<std::uint8_t, kFrameHead> head_{};
    std::size_t head_bytes_ = 0;
    std::size_t block_ = 0;  // bytes of the present header
    ConnectionResets resets_;
    Verdict verdict_ = Verdict::kFits;
};

}  // namespace quittance::rpc
