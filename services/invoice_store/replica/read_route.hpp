// Chooses the server for a read. Without a replica every read goes to the primary. With one, a read goes to the replica
// if that is healthy and has reached the position that the read must show, else to the primary. If the chosen server is
// away, the read is repeated once on the other one.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <optional>
#include <string>

#include "invoice_store/replica/replica_monitor.hpp"
#include "invoice_store/replica/wal_position.hpp"
#include "postgres/pool.hpp"
#include "rpc/status.hpp"
#include "runtime/metrics.hpp"

namespace quittance::invoice_store {

class ReadRoute {
  public:
    // Both pools are prepared by prepare_reads. A null `replica`: all reads go to the primary, and writes have no
    // position.
    ReadRoute(postgres::Pool& primary, Replica* replica, runtime::Metrics& metrics);

    // Like Pool::run. `work` may run a second time, on the other server.
    template <class Work>
    auto run(Work work, ReadPreference preference, std::chrono::system_clock::time_point deadline)
        -> boost::asio::awaitable<std::invoke_result_t<Work, pqxx::connection&>> {
        if (!goes_to_replica(preference)) {
            auto answer = co_await primary_.run(work, deadline);
            if (answer.has_error() && replica_stands_in(preference, answer.error()))
                answer = co_await replica_->pool.run(work, deadline);
            co_return answer;
        }
        auto answer = co_await replica_->pool.run(work, deadline);
        if (answer.has_error() && primary_repeats(answer.error())) answer = co_await primary_.run(work, deadline);
        co_return answer;
    }

    // The `read_after` for reads that must see a write that is committed now. Empty without a replica, and where the
    // primary does not answer.
    boost::asio::awaitable<std::string> position(std::chrono::system_clock::time_point deadline);

  private:
    bool goes_to_replica(const ReadPreference& preference);
    bool replica_stands_in(const ReadPreference& preference, const grpc::Status& failure);
    bool primary_repeats(const grpc::Status& failure);

    struct Counters {
        runtime::Counter replica;
        runtime::Counter primary;
        runtime::Counter unreachable;
        runtime::Counter lag;
        runtime::Counter position;
        runtime::Counter repeated;
        runtime::Counter stood_in;
    };

    postgres::Pool& primary_;
    Replica* const replica_;
    std::optional<Counters> counters_;
};

}  // namespace quittance::invoice_store
