#include "integration/webhook_ingester/ingester.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json.hpp>
#include <thread>

#include "http/client.hpp"
#include "http/server.hpp"
#include "rpc/client.hpp"
#include "webhook_ingester/webhook_api.hpp"

namespace quittance::test {
namespace {

namespace asio = boost::asio;
using SteadyClock = std::chrono::steady_clock;

constexpr auto kSenderPatience = std::chrono::minutes(2);

http::ClientRequest to_request(const Webhook& webhook) {
    http::ClientRequest request;
    request.method = "POST";
    request.target = "/webhooks/stripe";
    request.headers = {{"Content-Type", "application/json; charset=utf-8"}};
    if (!webhook.signature.empty()) request.headers.push_back({"Stripe-Signature", webhook.signature});
    request.body = webhook.body;
    return request;
}

asio::awaitable<void> exchange(http::Client& client, http::ClientRequest request, Answer& answer, std::size_t& left) {
    const auto start = SteadyClock::now();
    auto result = co_await client.send(std::move(request), start + kSenderPatience);
    answer.took = std::chrono::duration_cast<std::chrono::milliseconds>(SteadyClock::now() - start);
    if (auto* response = std::get_if<http::ClientResponse>(&result)) {
        answer.status = response->status;
        answer.headers = std::move(response->headers);
        answer.body = std::move(response->body);
    } else {
        answer.body = std::get<http::ClientFailure>(result).reason;
    }
    --left;
}

rpc::ChannelOptions channel_to(const std::string& address) {
    rpc::ChannelOptions options;
    options.address = address;
    return options;
}

webhook_ingester::WebhookSettings settings_of(const IngesterOptions& options) {
    webhook_ingester::WebhookSettings settings;
    settings.secrets = options.secrets;
    settings.account = "acme";
    return settings;
}

}  // namespace

std::string Answer::code() const {
    boost::system::error_code failure;
    const auto json = boost::json::parse(body, failure);
    if (failure || !json.is_object()) return body;
    const auto* code = json.as_object().if_contains(status == 200 ? "outcome" : "code");
    return code == nullptr ? body : std::string(code->as_string());
}

struct Ingester::State {
    explicit State(const IngesterOptions& options)
        : push(loop, channel_to(options.store_address), options.patience, metrics),
          api(push, settings_of(options), metrics),
          server(loop, http::ServerOptions(), http::bind_routes(api, webhook_ingester::kWebhookRoutes), metrics),
          work(asio::make_work_guard(loop)) {
        server.start();
        base_url = "http://127.0.0.1:" + std::to_string(server.port());
        thread = std::thread([this] { loop.run(); });
    }

    ~State() {
        const auto deadline = SteadyClock::now() + std::chrono::seconds(30);
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
    std::string base_url;
    std::thread thread;
};

Ingester::Ingester(const IngesterOptions& options) : state_(std::make_unique<State>(options)) {}
Ingester::~Ingester() = default;

Answer Ingester::deliver(const Webhook& webhook) {
    return deliver_all({webhook}, 1).front();
}

std::vector<Answer> Ingester::deliver_all(const std::vector<Webhook>& webhooks, std::size_t connections,
                                          const std::function<void()>& meanwhile) {
    asio::io_context loop{1};
    http::ClientOptions options;
    options.base_url = state_->base_url;
    options.connections = connections;
    http::Client client(loop, options);
    std::vector<Answer> answers(webhooks.size());
    auto left = webhooks.size();
    for (std::size_t i = 0; i < webhooks.size(); ++i)
        asio::co_spawn(loop, exchange(client, to_request(webhooks[i]), answers[i], left), asio::detached);
    std::thread other(meanwhile ? meanwhile : [] {});
    while (left > 0) loop.run_one();
    other.join();
    return answers;
}

Answer Ingester::request(const std::string& method, const std::string& target, const std::string& body,
                         const http::Headers& headers) {
    asio::io_context loop{1};
    http::ClientOptions options;
    options.base_url = state_->base_url;
    http::Client client(loop, options);
    Answer answer;
    std::size_t left = 1;
    asio::co_spawn(loop, exchange(client, {method, target, headers, body}, answer, left), asio::detached);
    while (left > 0) loop.run_one();
    return answer;
}

double Ingester::metric(const std::string& sample) const {
    const auto text = "\n" + state_->metrics.text();
    const auto place = text.find("\n" + sample + " ");
    return place == std::string::npos ? -1 : std::stod(text.substr(place + sample.size() + 2));
}

bool Ingester::wait_for_metric(const std::string& sample, double value) const {
    const auto deadline = SteadyClock::now() + std::chrono::minutes(1);
    while (metric(sample) < value) {
        if (SteadyClock::now() > deadline) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
}

}  // namespace quittance::test
