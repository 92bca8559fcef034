#include "integration/webhook_ingester/ingester.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <optional>
#include <thread>

#include "http/server.hpp"
#include "rpc/client.hpp"
#include "webhook_ingester/webhook_api.hpp"

namespace quittance::test {
namespace {

namespace asio = boost::asio;

rpc::ChannelOptions channel_to(const std::string& address) {
    rpc::ChannelOptions options;
    options.address = address;
    return options;
}

webhook_ingester::WebhookSettings settings_of(const IngesterOptions& options) {
    webhook_ingester::WebhookSettings settings;
    settings.accounts.push_back({"acme", options.secrets, std::nullopt});
    return settings;
}

}  // namespace

struct Ingester::State {
    explicit State(const IngesterOptions& options)
        : push(loop, channel_to(options.store_address), options.patience, metrics),
          api(push, settings_of(options), metrics),
          server(loop, http::ServerOptions(), http::bind_routes(api, webhook_ingester::kWebhookRoutes), metrics),
          work(asio::make_work_guard(loop)),
          sender("http://127.0.0.1:" + std::to_string(server.port())) {
        server.start();
        thread = std::thread([this] { loop.run(); });
    }

    ~State() {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        asio::co_spawn(loop, server.drain(deadline), asio::use_future).get();
        work.reset();
        loop.stop();
        thread.join();
    }

    runtime::Metrics metrics;
    asio::io_context loop{1};
    webhook_ingester::EventPush push;
    webhook_ingester::WebhookApi api;
    http::Server server;
    asio::executor_work_guard<asio::io_context::executor_type> work;
    Sender sender;
    std::thread thread;
};

Ingester::Ingester(const IngesterOptions& options) : state_(std::make_unique<State>(options)) {}
Ingester::~Ingester() = default;

const Sender& Ingester::sender() const {
    return state_->sender;
}

double Ingester::metric(const std::string& sample) const {
    return sample_in(state_->metrics.text(), sample);
}

bool Ingester::wait_for_metric(const std::string& sample, double value) const {
    return wait_until([&] { return metric(sample) >= value; });
}

}  // namespace quittance::test
