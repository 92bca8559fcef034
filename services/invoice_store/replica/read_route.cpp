#include "invoice_store/replica/read_route.hpp"

#include "invoice_store/replica/wal_position.hpp"

namespace quittance::invoice_store {
namespace {

namespace asio = boost::asio;

runtime::Counter reads_of(runtime::Metrics& metrics, const char* server, const char* why) {
    return metrics.counter("quittance_reads_total", "Reads by the server that they went to, and why",
                           {{"server", server}, {"why", why}});
}

// True if the server is away or refuses calls for now. A slow server is not away: the other would be as slow.
bool is_away(const grpc::Status& failure) {
    return failure.error_code() == grpc::StatusCode::UNAVAILABLE &&
           rpc::detail_of(failure).reason() != "database_timeout";
}

}  // namespace

ReadRoute::ReadRoute(postgres::Pool& primary, Replica* replica, runtime::Metrics& metrics)
    : primary_(primary), replica_(replica) {
    if (replica_ == nullptr) return;
    counters_.emplace(Counters{reads_of(metrics, "replica", "default"), reads_of(metrics, "primary", "asked"),
                               reads_of(metrics, "primary", "replica_unreachable"), reads_of(metrics, "primary", "lag"),
                               reads_of(metrics, "primary", "position"), reads_of(metrics, "primary", "repeated"),
                               reads_of(metrics, "replica", "primary_unreachable")});
}

bool ReadRoute::goes_to_replica(const ReadPreference& preference) {
    if (replica_ == nullptr) return false;
    if (preference.server != ReadPreference::Server::kAny) {
        counters_->primary.increment();
        return false;
    }
    switch (replica_->monitor.use_for(preference.after)) {
        case ReplicaMonitor::Use::kYes:
            counters_->replica.increment();
            return true;
        case ReplicaMonitor::Use::kUnreachable:
            counters_->unreachable.increment();
            break;
        case ReplicaMonitor::Use::kLag:
            counters_->lag.increment();
            break;
        case ReplicaMonitor::Use::kPosition:
            counters_->position.increment();
            break;
    }
    return false;
}

bool ReadRoute::replica_stands_in(const ReadPreference& preference, const grpc::Status& failure) {
    if (replica_ == nullptr || preference.server == ReadPreference::Server::kPrimary || !is_away(failure) ||
        !replica_->monitor.can_stand_in(preference.after))
        return false;
    counters_->stood_in.increment();
    return true;
}

bool ReadRoute::primary_repeats(const grpc::Status& failure) {
    // The replica cancelled the read because replaying the log removed its rows. The replica is healthy.
    const bool conflict = failure.error_code() == grpc::StatusCode::ABORTED;
    if (!conflict && !is_away(failure)) return false;
    if (!conflict) replica_->monitor.suspect();
    counters_->repeated.increment();
    return true;
}

asio::awaitable<std::string> ReadRoute::position(std::chrono::system_clock::time_point deadline) {
    if (replica_ == nullptr) co_return std::string();
    const auto work = [](pqxx::connection& connection) -> rpc::Result<std::string> {
        static const std::string kText = std::string("SELECT ") + kCurrentWalPosition;
        pqxx::nontransaction session(connection);
        return session.exec1(kText)[0].as<std::string>("");
    };
    auto position = co_await primary_.run(work, deadline);
    if (position.has_error()) co_return std::string();
    co_return std::move(*position);
}

}  // namespace quittance::invoice_store
