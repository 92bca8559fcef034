// The shape of the store's handlers: check that the store is ready and the request valid, run the statements on a
// connection, and move their result into the response.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <utility>

#include "invoice_store/api/validation.hpp"
#include "invoice_store/replica/read_route.hpp"
#include "postgres/pool.hpp"
#include "rpc/call.hpp"
#include "rpc/status.hpp"
#include "tracing/current_trace.hpp"

namespace quittance::invoice_store {

// UNAVAILABLE (reason "schema_pending") until the schema is ready.
std::optional<grpc::Status> refusal_until_ready(const std::atomic<bool>& schema_ready);

// The status of a request that is refused before any statement runs: as above, or INVALID_ARGUMENT.
template <class Request>
std::optional<grpc::Status> refusal_of(const Request& request, const std::atomic<bool>& schema_ready) {
    if (auto pending = refusal_until_ready(schema_ready)) return pending;
    return rpc::refusal_of(violations_of(request));
}

// The connections that a handler's statements may run on: those of a pool, or those of the route for reads.
class ConnectionSource {
  public:
    using Job = std::function<grpc::Status(pqxx::connection&)>;

    explicit ConnectionSource(postgres::Pool& pool) : pool_(&pool) {}
    ConnectionSource(ReadRoute& route, const ReadPreference& need) : route_(&route), need_(need) {}

    // The job's status, or that of Pool::run. The route may run the job a second time, on the other server. The job
    // must live until this returns.
    boost::asio::awaitable<grpc::Status> run(const Job& job, std::chrono::system_clock::time_point deadline) const;

  private:
    postgres::Pool* pool_ = nullptr;  // or
    ReadRoute* route_ = nullptr;
    ReadPreference need_;
};

// `work(connection, request)` returns a Result<Response>.
template <class Request, class Response, class Work>
boost::asio::awaitable<grpc::Status> answer(const std::atomic<bool>& schema_ready, const rpc::Call& call,
                                            const Request& request, Response& response, Work work,
                                            ConnectionSource source) {
    if (auto refusal = refusal_of(request, schema_ready)) co_return std::move(*refusal);
    const ConnectionSource::Job job = [&](pqxx::connection& connection) {
        const tracing::CurrentTrace trace(call.trace);
        return rpc::move_into(response, work(connection, request));
    };
    co_return co_await source.run(job, call.deadline);
}

}  // namespace quittance::invoice_store
