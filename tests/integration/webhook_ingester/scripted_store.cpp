#include "integration/webhook_ingester/scripted_store.hpp"

#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include <chrono>
#include <stdexcept>

#include "rpc/service_config.hpp"
#include "support/free_port.hpp"
#include "support/patience.hpp"

namespace quittance::test {

ScriptedStore::ScriptedStore(Script script)
    : script_(std::move(script)), address_("127.0.0.1:" + std::to_string(free_port())) {
    // As every server of ours has; without it each connection to this one leaves an error in the log.
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    builder.AddListeningPort(address_, grpc::InsecureServerCredentials());
    // Its idle threads look every this many milliseconds whether it was shut down.
    builder.SetSyncServerOption(grpc::ServerBuilder::CQ_TIMEOUT_MSEC, 50);
    builder.RegisterService(static_cast<v1::InvoiceStore::Service*>(this));
    server_ = builder.BuildAndStart();
    if (!server_) throw std::runtime_error("the scripted store cannot listen");
}

ScriptedStore::~ScriptedStore() {
    stop();
}

void ScriptedStore::stop() {
    if (server_) server_->Shutdown(std::chrono::system_clock::now());
    server_.reset();
}

std::vector<v1::ApplyInvoiceEventsRequest> ScriptedStore::calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
}

std::vector<v1::InvoiceEvent> ScriptedStore::events() const {
    const std::lock_guard lock(mutex_);
    std::vector<v1::InvoiceEvent> all;
    for (const auto& call : calls_) all.insert(all.end(), call.events().begin(), call.events().end());
    return all;
}

grpc::Status ScriptedStore::ApplyInvoiceEvents(grpc::ServerContext* context,
                                               const v1::ApplyInvoiceEventsRequest* request,
                                               v1::ApplyInvoiceEventsResponse* response) {
    {
        const std::lock_guard lock(mutex_);
        calls_.push_back(*request);
    }
    auto status = script_(*request, *response);
    // As every service of ours: what it could not do now is not asked of another replica, or gRPC would repeat it.
    if (status.error_code() == grpc::StatusCode::UNAVAILABLE)
        context->AddTrailingMetadata(rpc::kNoRetryName, rpc::kNoRetryValue);
    return status;
}

ScriptedStore::Script always(v1::EventOutcome::State state) {
    return [state](const v1::ApplyInvoiceEventsRequest& request, v1::ApplyInvoiceEventsResponse& response) {
        for (int i = 0; i < request.events_size(); ++i) response.add_outcomes()->set_state(state);
        return grpc::Status::OK;
    };
}

void Gate::open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
}

void Gate::wait() {
    std::unique_lock lock(mutex_);
    ++arrived_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return open_; });
}

bool Gate::wait_for_arrivals(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return arrived_ >= count; });
}

}  // namespace quittance::test
