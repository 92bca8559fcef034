// How connections and memory of a server make room for others, and go back to the system.
#include <algorithm>

#include "http/server/session.hpp"
#include "runtime/heap.hpp"

namespace quittance::http {

using boost::system::error_code;

namespace {

// A burst leaves free memory behind that is worth the milliseconds of giving it back.
constexpr std::size_t kBurstBytes = 8 * 1024 * 1024;
constexpr std::size_t kBurstConnections = 1'000;
constexpr std::size_t kBusyLookedAt = 256;  // at the most, for one that is slow

Session* one_to_close(const ConnectionLists& lists) {
    for (const auto& list : lists) {
        std::size_t looked_at = 0;
        for (auto* session : list) {
            if (session->can_make_room()) return session;
            if (++looked_at == kBusyLookedAt) break;
        }
    }
    return nullptr;
}

}  // namespace

bool ServerShared::make_room(const AddressBytes* peer) {
    const auto close_one = [this](const ConnectionLists& lists) {
        auto* session = one_to_close(lists);
        if (session == nullptr) return false;
        counters.made_room("connection");
        session->make_room();
        return true;
    };
    if (peer != nullptr) {
        const auto* own = connections.of_peer(*peer);
        if (own != nullptr && size_of(*own) >= options.limits.connections_per_peer && !close_one(*own)) return false;
    }
    return connections.size() < options.limits.connections || close_one(connections.all());
}

void ServerShared::end_burst() {
    if (connections.size() > kBurstConnections || memory.used() > kBurstBytes) burst = true;
    if (!burst || connections.size() > kBurstConnections / 2 || memory.used() > kBurstBytes / 2) return;
    burst = false;
    runtime::return_free_pages();
}

bool Session::can_make_room() const {
    return phase_ != Phase::kHandling && (phase_ != Phase::kBody || use_ != MemoryUse::kOfCallers);
}

void Session::make_room() {
    shared_->connections.remove(place_);
    hold(use_, 0);
    force_close();
}

bool Session::can_give_up(MemoryUse use) const {
    if (held_bytes_ == 0 || use_ != use) return false;
    return use == MemoryUse::kOfCallers ? phase_ == Phase::kWriting
                                        : phase_ == Phase::kHeader || phase_ == Phase::kBody;
}

void Session::give_up() {
    hold(use_, 0);
    gave_up_ = true;
    error_code ignored;
    // A read that was cancelled is answered 503. If no read was in flight, the session sees the flag after the read
    // that has just ended.
    if (phase_ == Phase::kWriting)
        socket_.close(ignored);
    else
        socket_.cancel(ignored);
}

void Session::hold(MemoryUse use, std::size_t bytes) {
    shared_->memory.subtract(use_, held_bytes_);
    use_ = use;
    held_bytes_ = bytes;
    shared_->memory.add(use_, held_bytes_);
}

bool Session::hold_within_budget(MemoryUse use, std::size_t bytes) {
    hold(use, bytes);
    if (!shared_->memory.exceeded(use)) return true;
    shared_->burst = true;
    for (auto* other : shared_->connections.all()[static_cast<std::size_t>(ConnectionState::kBusy)]) {
        // What comes behind this one is younger.
        if (other == this) break;
        if (!other->can_give_up(use)) continue;
        shared_->counters.made_room(use == MemoryUse::kOfCallers ? "answer" : "request");
        other->give_up();
        if (!shared_->memory.exceeded(use)) return true;
    }
    return false;
}

}  // namespace quittance::http
