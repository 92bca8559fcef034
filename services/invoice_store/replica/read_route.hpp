// Which server a read goes to. Without a replica every read goes to the primary, and nothing else happens here. With
// one, a read goes there if the replica is well and has come to what the read must show, else to the primary; and what
// one of the two cannot answer, because it is away, the other is asked once.
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
    // Both pools prepared by prepare_reads. Null: all reads go to the primary, and no write has a position.
    ReadRoute(postgres::Pool& primary, Replica* replica, runtime::Metrics& metrics);

    // As Pool::run; `work` may be run a second time, on the other server.
    template <class Work>
    auto run(Work work, ReadNeed need, std::chrono::system_clock::time_point deadline)
        -> boost::asio::awaitable<std::invoke_result_t<Work, pqxx::connection&>> {
        if (!goes_to_replica(need)) {
            auto answer = co_await primary_.run(work, deadline);
            if (answer.has_error() && replica_stands_in(need, answer.error()))
                answer = co_await replica_->pool.run(work, deadline);
            co_return answer;
        }
        auto answer = co_await replica_->pool.run(work, deadline);
        if (answer.has_error() && primary_repeats(answer.error())) answer = co_await primary_.run(work, deadline);
        co_return answer;
    }

    // For the answer of a write that is committed: `read_after` of reads that are to see it. Empty without a replica,
    // and where the primary cannot be asked.
    boost::asio::awaitable<std::string> position(std::chrono::system_clock::time_point deadline);

  private:
    bool goes_to_replica(const ReadNeed& need);
    bool replica_stands_in(const ReadNeed& need, const grpc::Status& failure);
    bool primary_repeats(const grpc::Status& failure);

    struct Counters {
        prometheus::Counter& replica;
        prometheus::Counter& primary;
        prometheus::Counter& unreachable;
        prometheus::Counter& lag;
        prometheus::Counter& position;
        prometheus::Counter& repeated;
        prometheus::Counter& stood_in;
    };

    postgres::Pool& primary_;
    Replica* const replica_;
    std::optional<Counters> counters_;
};

}  // namespace quittance::invoice_store
