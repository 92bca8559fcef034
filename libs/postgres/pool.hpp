// A bounded pool of connections to PostgreSQL, and threads that run blocking work on them for coroutines.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <utility>

#include "postgres/failure.hpp"
#include "rpc/status.hpp"
#include "runtime/metrics.hpp"

namespace quittance::postgres {

struct PoolOptions {
    std::string url;   // "postgresql://user:password@host:port/database" or libpq's key=value form
    std::string name;  // label of the metrics: "read", "write"
    std::size_t connections = 4;
    std::size_t queued_jobs = 4'096;                     // more: RESOURCE_EXHAUSTED
    std::chrono::milliseconds statement_timeout{5'000};  // below DRAIN_SECONDS, so that a shutdown ends
    // Runs on each new connection before its first use: prepares statements.
    std::function<void(pqxx::connection&)> prepare;
};

// The failure as a status for the caller. The database's text goes to the log only, because it may quote rows.
// UNAVAILABLE: no connection, shutting down, too many connections, read-only, disk full, time-out. ABORTED:
// serialisation failure or deadlock, retry at once. INTERNAL: any other failure.
grpc::Status status_of_exception(std::exception_ptr failure);

class Pool {
  public:
    // Connects at the first use, so that a service can start while its database is down.
    Pool(PoolOptions options, runtime::Metrics& metrics);
    ~Pool();  // finishes queued jobs, then joins its threads

    // A connection for a caller that may block (a writer's own thread, a migration, a test). Its destructor returns it
    // to the pool. Throws PoolExhausted after the timeout, pqxx::broken_connection if it cannot connect.
    class Lease {
      public:
        Lease(Lease&&) noexcept;
        Lease& operator=(Lease&&) = delete;
        ~Lease();
        pqxx::connection& operator*() const { return *connection_; }
        pqxx::connection* operator->() const { return connection_.get(); }
        // Closes the connection instead of returning it, because its state is unknown.
        void discard() { discarded_ = true; }

      private:
        friend class Pool;
        Lease(Pool* pool, std::unique_ptr<pqxx::connection> connection);
        Pool* pool_;
        std::unique_ptr<pqxx::connection> connection_;
        bool discarded_ = false;
    };
    Lease acquire(std::chrono::milliseconds timeout);

    // Runs `work(pqxx::connection&)` on one of the pool's threads. Resumes the coroutine on its own executor with the
    // Result of `work`, or with the status of its exception. Does not run `work` after the deadline.
    template <class Work>
    auto run(Work work, std::chrono::system_clock::time_point deadline)
        -> boost::asio::awaitable<std::invoke_result_t<Work, pqxx::connection&>> {
        using Answer = std::invoke_result_t<Work, pqxx::connection&>;
        std::optional<Answer> answer;
        auto begin = [&](auto completion) {
            auto executor = boost::asio::prefer(boost::asio::get_associated_executor(completion),
                                                boost::asio::execution::outstanding_work.tracked);
            auto shared = std::make_shared<decltype(completion)>(std::move(completion));
            Job job;
            job.deadline = deadline;
            job.work = [&](pqxx::connection& connection) { answer.emplace(work(connection)); };
            job.fail = [&](grpc::Status status) { answer.emplace(std::move(status)); };
            job.done = [shared, executor] { boost::asio::post(executor, [shared] { (*shared)(); }); };
            submit(std::move(job));
        };
        co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(begin,
                                                                                           boost::asio::use_awaitable);
        co_return std::move(*answer);
    }

    // True if a connection worked within the last `age`, or a new `SELECT 1` succeeds within `timeout`. Blocks. For
    // readiness, on the operations server's thread.
    bool healthy(std::chrono::milliseconds timeout);

  private:
    struct Job {
        std::chrono::system_clock::time_point deadline;
        std::function<void(pqxx::connection&)> work;
        std::function<void(grpc::Status)> fail;
        std::function<void()> done;
    };
    void submit(Job job);
    void give_back(std::unique_ptr<pqxx::connection> connection, bool discarded);

    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace quittance::postgres
