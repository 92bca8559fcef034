#include "base/token_buckets.hpp"

namespace quittance::base {

TokenBuckets::Clock::duration TokenBuckets::take(const std::string& name, Clock::time_point now) {
    if (per_second_ <= 0) return Clock::duration::zero();
    const auto found = by_name_.find(name);
    if (found != by_name_.end()) {
        entries_.splice(entries_.begin(), entries_, found->second);
    } else {
        entries_.push_front({name, {per_second_, burst_}});
        by_name_[name] = entries_.begin();
        if (entries_.size() > most_) {
            by_name_.erase(entries_.back().name);
            entries_.pop_back();
        }
    }
    return entries_.front().bucket.take(now);
}

}  // namespace quittance::base
