// The emulator's time, in two kinds. Timestamps of objects and events and the `t` of signatures are real time, because
// receivers compare them with their own clocks (300 s). Waiting (webhook retries, the one-hour finaliser, automatic
// payment retries) runs on a schedule clock that may go faster and can be moved forward.
#pragma once

#include <chrono>
#include <cstdint>

namespace quittance::stripe_emulator {

struct Now {
    std::int64_t unix_seconds = 0;
    std::int64_t schedule_ms = 0;
    std::int64_t advanced_ms = 0;  // the part of it that was jumped over
};

constexpr std::int64_t kHourMs = 3'600'000;

class Clock {
  public:
    // `rate`: milliseconds of schedule time in one real millisecond.
    explicit Clock(std::int64_t rate) : rate_(rate), start_(std::chrono::steady_clock::now()) {}

    Now now() const {
        const auto unix_time = std::chrono::system_clock::now().time_since_epoch();
        const auto elapsed = std::chrono::steady_clock::now() - start_;
        return {std::chrono::duration_cast<std::chrono::seconds>(unix_time).count(),
                std::chrono::duration_cast<std::chrono::milliseconds>(elapsed).count() * rate_ + advanced_ms_,
                advanced_ms_};
    }

    void advance(std::int64_t schedule_ms) { advanced_ms_ += schedule_ms; }

    // How long to wait in real time until the schedule clock shows `due_ms`; never negative.
    std::chrono::milliseconds real_wait(std::int64_t due_ms) const {
        const auto left = due_ms - now().schedule_ms;
        return std::chrono::milliseconds(left <= 0 ? 0 : (left + rate_ - 1) / rate_);
    }

    std::int64_t rate() const { return rate_; }

  private:
    std::int64_t rate_;
    std::chrono::steady_clock::time_point start_;
    std::int64_t advanced_ms_ = 0;
};

}  // namespace quittance::stripe_emulator
