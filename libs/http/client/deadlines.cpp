#include "http/client/deadlines.hpp"

#include <algorithm>

namespace quittance::http {

namespace asio = boost::asio;

struct Deadlines::State {
    explicit State(asio::io_context& loop) : timer(loop) {}

    asio::steady_timer timer;
    Clock::time_point armed_for = Clock::time_point::max();  // its time
    std::list<Watch*> watches;
};

Deadlines::Deadlines(asio::io_context& loop) : state_(std::make_shared<State>(loop)) {}

Deadlines::Watch::Watch(Deadlines& deadlines, boost::beast::tcp_stream& stream, Clock::time_point deadline)
    : state_(deadlines.state_), stream_(stream), deadline_(deadline) {
    place_ = state_->watches.insert(state_->watches.end(), this);
    if (deadline_ < state_->armed_for) arm(state_, deadline_);
}

// The timer is not moved while any exchange is left. It may fire once too early, which costs less than moving it with
// each exchange. An idle client does not keep the loop running.
Deadlines::Watch::~Watch() {
    state_->watches.erase(place_);
    if (!state_->watches.empty()) return;
    state_->timer.cancel();
    state_->armed_for = Clock::time_point::max();
}

void Deadlines::arm(const std::shared_ptr<State>& state, Clock::time_point moment) {
    state->armed_for = moment;
    state->timer.expires_at(moment);
    state->timer.async_wait([weak = std::weak_ptr<State>(state)](boost::system::error_code cancelled) {
        const auto present = weak.lock();
        if (!cancelled && present) end_late(present);
    });
}

void Deadlines::end_late(const std::shared_ptr<State>& state) {
    const auto now = Clock::now();
    auto next = Clock::time_point::max();
    for (auto* watch : state->watches) {
        if (watch->late_) continue;
        if (watch->deadline_ > now) {
            next = std::min(next, watch->deadline_);
            continue;
        }
        watch->late_ = true;
        watch->stream_.close();
    }
    state->armed_for = Clock::time_point::max();
    if (next != Clock::time_point::max()) arm(state, next);
}

}  // namespace quittance::http
