#include "invoice_store/api/answer.hpp"

namespace quittance::invoice_store {

std::optional<grpc::Status> refusal_until_ready(const std::atomic<bool>& schema_ready) {
    if (schema_ready.load(std::memory_order_acquire)) return std::nullopt;
    return rpc::make_status(grpc::StatusCode::UNAVAILABLE, "the store is starting", "schema_pending");
}

boost::asio::awaitable<grpc::Status> ConnectionSource::run(const Job& job,
                                                           std::chrono::system_clock::time_point deadline) const {
    const auto work = [&job](pqxx::connection& connection) -> rpc::Result<void> {
        auto status = job(connection);
        if (!status.ok()) return status;
        return {};
    };
    auto running = pool_ != nullptr ? pool_->run(work, deadline) : route_->run(work, need_, deadline);
    auto done = co_await std::move(running);
    if (done.has_error()) co_return std::move(done).error();
    co_return grpc::Status::OK;
}

}  // namespace quittance::invoice_store
