// Follows the frames that an HTTP/2 client sends, far enough to see how long a header is: the HEADERS frame and the
// CONTINUATION frames behind it, before the flag END_HEADERS (RFC 9113, 6.2 and 6.10).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace quittance::rpc {

class HeaderBlocks {
  public:
    // `most`: bytes of one header, as they are on the wire.
    explicit HeaderBlocks(std::size_t most) : most_(most) {}

    // The next bytes of the connection, in any pieces, from the client's preface on. False: a header is too long. It
    // stays false from then on.
    bool take(std::span<const std::uint8_t> bytes);

  private:
    static constexpr std::size_t kFrameHead = 9;

    void read_head();

    const std::size_t most_;
    std::size_t skip_ = 24;  // until the next frame's head; at first the preface (RFC 9113, 3.4)
    std::array<std::uint8_t, kFrameHead> head_{};
    std::size_t head_bytes_ = 0;
    std::size_t block_ = 0;  // bytes of the present header
    bool too_long_ = false;
};

}  // namespace quittance::rpc
