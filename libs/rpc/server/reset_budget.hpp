// How many calls may be reset. gRPC 1.51 takes new calls faster than it forgets those that were reset, so that a caller
// who opens calls and resets them at once (RST_STREAM) fills the memory (CVE-2023-44487). A connection beyond its
// budget is ended. Resets of honest callers are few: a call was given up, or its deadline passed.
#pragma once

#include <chrono>
#include <mutex>

#include "base/token_bucket.hpp"

namespace quittance::rpc {

// Of all connections together. For any thread.
class ResetBudget {
  public:
    using Clock = base::TokenBucket::Clock;

    // False: there are too many at this moment.
    bool take(Clock::time_point now);

  private:
    // A call takes about 20 KB until gRPC has forgotten it: 80 MiB at once.
    static constexpr double kAtOnce = 4'096;
    static constexpr double kPerSecond = 2'000;

    std::mutex mutex_;
    base::TokenBucket resets_{kPerSecond, kAtOnce};
};

// Of one connection. For one thread at a time.
class ConnectionResets {
  public:
    // `all` must outlive this.
    explicit ConnectionResets(ResetBudget& all) : all_(all) {}

    // One call was reset. False: the connection has to end. That is so beyond its own budget, which is every call that
    // it may have at one time; and when all connections are beyond theirs, for those that reset more than a few.
    bool take(ResetBudget::Clock::time_point now);

  private:
    static constexpr double kAtOnce = 2'048;
    static constexpr double kPerSecond = 500;
    static constexpr double kFew = 64;
    static constexpr double kFewPerSecond = 10;

    ResetBudget& all_;
    base::TokenBucket own_{kPerSecond, kAtOnce};
    base::TokenBucket few_{kFewPerSecond, kFew};
};

}  // namespace quittance::rpc
