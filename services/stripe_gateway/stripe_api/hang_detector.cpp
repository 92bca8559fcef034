#include "stripe_gateway/stripe_api/hang_detector.hpp"

#include <algorithm>

namespace quittance::stripe_gateway {

using std::chrono::milliseconds;

void Silence::sent(Clock::time_point now) {
    in_flight_.insert(now);
}

void Silence::ended(Clock::time_point sent) {
    const auto found = in_flight_.find(sent);
    if (found != in_flight_.end()) in_flight_.erase(found);
}

void Silence::answered(Clock::time_point sent, Clock::time_point now) {
    ended(sent);
    heard_ = now;
    hung_ = 0;
}

void Silence::unanswered(Clock::time_point sent, Clock::time_point now) {
    ended(sent);
    const auto since = std::max(sent, heard_);
    // With a pause in between nobody knows whether Stripe was silent in it.
    if (hung_ == 0 || since > hung_until_ + fair_time_) {
        hung_ = 0;
        hung_since_ = since;
    }
    hung_since_ = std::min(hung_since_, since);
    hung_until_ = now;
    ++hung_;
}

milliseconds Silence::length(Clock::time_point now) const {
    int calls = 0;
    auto since = now;
    auto until = now;
    for (const auto sent : in_flight_) {  // oldest first
        const auto from = std::max(sent, heard_);
        if (now - from < fair_time_) break;
        since = std::min(since, from);
        if (++calls == 2) break;  // more would change nothing
    }
    const bool joined = hung_ > 0 && since <= hung_until_ + fair_time_;
    if (joined) {
        calls += hung_;
        since = std::min(since, hung_since_);
        if (calls == hung_) until = hung_until_;
    }
    if (calls < 2) return milliseconds(0);
    return std::chrono::duration_cast<milliseconds>(until - since);
}

}  // namespace quittance::stripe_gateway
