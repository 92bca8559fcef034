// A token bucket for each of many names, such as callers or peers. The number of names is limited: the one that is idle
// for longest is forgotten first.
#pragma once

#include <list>
#include <string>
#include <unordered_map>

#include "base/token_bucket.hpp"

namespace quittance::base {

// For one thread: no locks.
class TokenBuckets {
  public:
    using Clock = TokenBucket::Clock;

    // `per_second` and `burst` as for TokenBucket. `most`: names remembered, at least 1.
    TokenBuckets(double per_second, double burst, std::size_t most)
        : per_second_(per_second), burst_(burst), most_(most) {}

    // As TokenBucket::take for the bucket of this name.
    Clock::duration take(const std::string& name, Clock::time_point now);

    double per_second() const { return per_second_; }
    double burst() const { return burst_; }
    std::size_t size() const { return entries_.size(); }

  private:
    struct Entry {
        std::string name;
        TokenBucket bucket;
    };

    double per_second_;
    double burst_;
    std::size_t most_;
    std::list<Entry> entries_;  // ordered by their last use, the latest first
    std::unordered_map<std::string, std::list<Entry>::iterator> by_name_;
};

}  // namespace quittance::base
