#include "rpc/server/header_blocks.hpp"

#include <algorithm>

namespace quittance::rpc {

HeaderBlocks::Verdict HeaderBlocks::take(std::span<const std::uint8_t> bytes, ResetBudget::Clock::time_point now) {
    while (!bytes.empty() && verdict_ == Verdict::kFits) {
        if (skip_ > 0) {
            const auto skipped = std::min(skip_, bytes.size());
            skip_ -= skipped;
            bytes = bytes.subspan(skipped);
            continue;
        }
        const auto taken = std::min(kFrameHead - head_bytes_, bytes.size());
        std::copy_n(bytes.begin(), taken, head_.begin() + static_cast<std::ptrdiff_t>(head_bytes_));
        head_bytes_ += taken;
        bytes = bytes.subspan(taken);
        if (head_bytes_ == kFrameHead) read_head(now);
    }
    return verdict_;
}

// RFC 9113, 4.1: three bytes of length, one of type, one of flags, four of the stream.
void HeaderBlocks::read_head(ResetBudget::Clock::time_point now) {
    constexpr std::uint8_t kHeaders = 1;
    constexpr std::uint8_t kRstStream = 3;
    constexpr std::uint8_t kContinuation = 9;
    constexpr std::uint8_t kEndHeaders = 4;
    const std::size_t length = std::size_t{head_[0]} << 16U | std::size_t{head_[1]} << 8U | head_[2];
    const auto type = head_[3];
    skip_ = length;
    head_bytes_ = 0;
    if (type == kRstStream && !resets_.take(now)) verdict_ = Verdict::kTooManyResets;
    if (type != kHeaders && type != kContinuation) return;
    block_ = (type == kHeaders ? 0 : block_) + length;
    if (block_ > most_) verdict_ = Verdict::kHeaderTooLong;
    if ((head_[4] & kEndHeaders) != 0) block_ = 0;
}

}  // namespace quittance::rpc
