#include "integration/webhook_ingester/ingester.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <mutex>
#include <optional>
#include <thread>

#include "http/server/server.hpp"
#include "support/patience.hpp"

namespace quittance::test {
namespace {

namespace asio = boost::asio;

// What the ingester asks for, from its loop's thread.
class Followups {
  public:
    void add(webhook_ingester::Followup followup) {
        const std::lock_guard lock(mutex_);
        followups_.push_back(std::move(followup));
    }
    std::vector<webhook_ingester::Followup> all() const {
        const std::lock_guard lock(mutex_);
        return followups_;
    }

  private:
    mutable std::mutex mutex_;
    std::vector<webhook_ingester::Followup> followups_;
};

webhook_ingester::WebhookSettings settings_of(const IngesterOptions& options, Followups& followups,
                                              clients::Services* services) {
    webhook_ingester::WebhookSettings settings;
    settings.services = services;
    settings.ack_timeout = options.patience;
    settings.accounts = options.accounts;
    if (settings.accounts.empty()) settings.accounts.push_back({"acme", options.secrets, false});
    settings.relay_keys = base::HashedKeys::parse("EVENT_RELAY_KEY_HASHES", options.relay_key_hashes);
    settings.follow_up = [&followups](webhook_ingester::Followup followup) { followups.add(std::move(followup)); };
    return settings;
}

std::unique_ptr<clients::Services> make_services(const IngesterOptions& options, runtime::Metrics& metrics) {
    if (options.gateway_address.empty()) return nullptr;
    return std::make_unique<clients::Services>(channel_to(options.store_address), channel_to(options.gateway_address),
                                               metrics);
}

}  // namespace

rpc::ChannelOptions channel_to(const std::string& address) {
    rpc::ChannelOptions options;
    options.address = address;
    options.transport = rpc::Transport::plaintext();
    return options;
}

// A handler may take as long as the longest patience for the store.
http::ServerOptions serving() {
    http::ServerOptions options;
    options.limits.handler_time = std::chrono::minutes(3);
    options.limits.body_bytes = webhook_ingester::kLargestWebhook;
    return options;
}

struct Ingester::State {
    explicit State(const IngesterOptions& options)
        : store(channel_to(options.store_address), metrics),
          forwarder(loop, store, options.patience, metrics),
          services(make_services(options, metrics)),
          api(forwarder, settings_of(options, followups, services.get()), metrics),
          server(loop, serving(), http::bind_routes(api, webhook_ingester::kWebhookRoutes), metrics),
          work(asio::make_work_guard(loop)),
          sender("http://127.0.0.1:" + std::to_string(server.port())) {
        server.start();
        thread = std::thread([this] { loop.run(); });
    }

    ~State() {
        const auto deadline = std::chrono::steady_clock::now() + kPatience;
        asio::co_spawn(loop, server.drain(deadline), asio::use_future).get();
        work.reset();
        loop.stop();
        thread.join();
    }

    runtime::Metrics metrics;
    Followups followups;
    asio::io_context loop{1};
    clients::InvoiceStoreClient store;
    webhook_ingester::EventForwarder forwarder;
    std::unique_ptr<clients::Services> services;
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

std::vector<webhook_ingester::Followup> Ingester::followups() const {
    return state_->followups.all();
}

double Ingester::metric(const std::string& sample) const {
    return sample_in(state_->metrics.text(), sample);
}

bool Ingester::wait_for_metric(const std::string& sample, double value) const {
    return eventually([&] { return metric(sample) >= value; });
}

}  // namespace quittance::test
