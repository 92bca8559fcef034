#include "invoice_store/replica/replica_monitor.hpp"

#include <utility>

namespace quittance::invoice_store {
namespace {

using std::chrono::steady_clock;

// A replica whose last answer is older than this gets no reads: it may have vanished without closing connections.
constexpr std::chrono::milliseconds kMaxPollAge{1'000};
constexpr std::size_t kSamples = 4'096;

double seconds(steady_clock::duration duration) {
    return std::chrono::duration<double>(duration).count();
}

}  // namespace

ReplicaMonitor::ReplicaMonitor(ReplicaOptions options, runtime::Metrics& metrics)
    : options_(std::move(options)),
      lag_gauge_(metrics.gauge("quittance_replica_lag_seconds",
                               "How far the replica is behind the primary; -1: it does not answer")),
      primary_poll_(options_.primary_url, options_.poll_interval, [this](const auto& state) { update_primary(state); }),
      replica_poll_(options_.replica_url, options_.poll_interval,
                    [this](const auto& state) { update_replica(state); }) {
    lag_gauge_.set(-1);
    metrics.before_scrape([this] {
        const std::lock_guard lock(mutex_);
        lag_gauge_.set(replica_ ? seconds(lag()) : -1);
    });
}

void ReplicaMonitor::update_primary(const std::optional<ServerState>& state) {
    const std::lock_guard lock(mutex_);
    primary_answered_ = state.has_value();
    if (!state) return;
    primary_ = state;
    if (!ahead_.empty() && state->position <= ahead_.back().position) return;
    if (replica_ && state->position <= replica_->position) return;
    // When there are too many samples, every second one is enough.
    if (ahead_.size() >= kSamples) {
        std::deque<Sample> fewer;
        for (std::size_t i = 0; i < ahead_.size(); i += 2) fewer.push_back(ahead_[i]);
        ahead_ = std::move(fewer);
    }
    ahead_.push_back({state->asked, state->position});
}

void ReplicaMonitor::update_replica(const std::optional<ServerState>& state) {
    const std::lock_guard lock(mutex_);
    replica_ = state;
    if (!state) return;
    suspected_ = false;
    while (!ahead_.empty() && ahead_.front().position <= state->position) ahead_.pop_front();
}

// A promoted server is still usable if it is the primary itself, or if the primary is away. A server that was promoted
// beside its primary is not: it no longer receives the writes.
bool ReplicaMonitor::is_ours() const {
    if (!replica_ || replica_->schema_version < options_.schema_version) return false;
    if (!primary_) return true;
    if (replica_->cluster != primary_->cluster) return false;
    return replica_->is_replica || !primary_answered_ || replica_->instance == primary_->instance;
}

bool ReplicaMonitor::primary_is_here() const {
    return primary_answered_ && primary_ && steady_clock::now() - primary_->asked < 2 * kMaxPollAge;
}

steady_clock::duration ReplicaMonitor::lag() const {
    const auto now = steady_clock::now();
    if (!ahead_.empty()) return now - ahead_.front().time;
    // The replica has every write that the primary was seen to have; later ones are unknown.
    if (!primary_is_here() && primary_ && replica_ && replica_->is_replica) return now - primary_->asked;
    return {};
}

ReplicaMonitor::Use ReplicaMonitor::use_for(const WalPosition& after) const {
    const std::lock_guard lock(mutex_);
    if (!is_ours() || suspected_ || steady_clock::now() - replica_->asked > kMaxPollAge) return Use::kUnreachable;
    if (replica_->position < after) return Use::kPosition;
    if (primary_is_here() && lag() > options_.longest_lag) return Use::kLag;
    return Use::kYes;
}

bool ReplicaMonitor::can_stand_in(const WalPosition& after) const {
    const std::lock_guard lock(mutex_);
    return is_ours() && !(replica_->position < after);
}

void ReplicaMonitor::suspect() {
    {
        const std::lock_guard lock(mutex_);
        suspected_ = true;
    }
    replica_poll_.poll_now();
}

bool ReplicaMonitor::primary_answers() const {
    const std::lock_guard lock(mutex_);
    return primary_is_here();
}

std::string ReplicaMonitor::detail() const {
    const std::lock_guard lock(mutex_);
    if (!replica_) return "the replica does not answer: reads go to the primary";
    if (replica_->schema_version < options_.schema_version)
        return "the replica has schema version " + std::to_string(replica_->schema_version) + ", waiting for " +
               std::to_string(options_.schema_version) + ": reads go to the primary";
    if (!is_ours()) return "the replica does not follow this primary: reads go to the primary";
    if (primary_is_here() && lag() > options_.longest_lag)
        return "the replica lags " + std::to_string(static_cast<long>(seconds(lag()))) +
               " s behind: reads go to the primary";
    return "reads go to the replica";
}

}  // namespace quittance::invoice_store
