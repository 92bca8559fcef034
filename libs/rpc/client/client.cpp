#include "rpc/client/client.hpp"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include "rpc/grpc_settings.hpp"
#include "rpc/service_config.hpp"

namespace quittance::rpc {

ChannelOptions read_channel(const runtime::Configuration& configuration, const std::string& service,
                            const Transport& transport) {
    ChannelOptions options;
    options.address = configuration.text(service + "_ADDRESS");
    options.server_name = configuration.text(service + "_TLS_NAME");
    options.transport = transport;
    return options;
}

std::shared_ptr<grpc::Channel> make_channel(const ChannelOptions& options) {
    set_before_grpc_starts();
    grpc::ChannelArguments arguments;
    arguments.SetServiceConfigJSON(service_config());
    // gRPC cannot retry a call that is larger than this. Its default of 256 KiB is less than a batch of events.
    arguments.SetInt(GRPC_ARG_PER_RPC_RETRY_BUFFER_SIZE, options.message_bytes);
    // gRPC resolves a name again when a connection ends. In a rollout each replica ends in turn. With gRPC's default of
    // 30 s between two lookups, a caller would know only addresses that no longer exist.
    arguments.SetInt(GRPC_ARG_DNS_MIN_TIME_BETWEEN_RESOLUTIONS_MS, 250);
    arguments.SetMaxReceiveMessageSize(options.message_bytes);
    arguments.SetMaxSendMessageSize(options.message_bytes);
    // A caller reaches a restarted service within a second. gRPC's default back-off grows to a minute.
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
    // The minimum time for one attempt to connect. A TLS handshake under load needs it.
    arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 3'000);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1'000);
    // Detects a peer that vanished without closing its connections (its node died), while calls wait for it.
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 20'000);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 5'000);
    if (!options.server_name.empty() && options.transport.is_tls())
        arguments.SetSslTargetNameOverride(options.server_name);
    // The channel uses the transport's credentials, so the transport lives as long as the channel.
    struct Held {
        Transport transport;
        std::shared_ptr<grpc::Channel> channel;
    };
    const auto held = std::make_shared<Held>();
    held->transport = options.transport;
    held->channel = grpc::CreateCustomChannel(options.address, options.transport.channel_credentials(), arguments);
    return {held, held->channel.get()};
}

bool channel_ready(grpc::Channel& channel, std::chrono::milliseconds wait) {
    if (channel.GetState(true) == GRPC_CHANNEL_READY) return true;
    // gRPC moves an idle channel only at its polls, except while a thread waits for it.
    return wait.count() > 0 && channel.WaitForConnected(std::chrono::system_clock::now() + wait);
}

void record_call(runtime::Metrics& metrics, const char* method, const grpc::Status& status,
                 std::chrono::steady_clock::time_point start) {
    metrics
        .counter("quittance_rpc_client_calls_total", "gRPC calls made, by method and code.",
                 {{"method", method}, {"code", std::string(code_name(status.error_code()))}})
        .increment();
    const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    metrics
        .seconds("quittance_rpc_client_call_seconds", "From a gRPC call's start to its status.", {{"method", method}})
        .observe(seconds);
}

}  // namespace quittance::rpc
