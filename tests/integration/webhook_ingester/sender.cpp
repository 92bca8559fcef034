#include "integration/webhook_ingester/sender.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <thread>

#include "http/client/client.hpp"
#include "support/patience.hpp"

namespace quittance::test {
namespace {

namespace asio = boost::asio;
using SteadyClock = std::chrono::steady_clock;

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
    auto result = co_await client.send(std::move(request), start + kPatience);
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

std::vector<Answer> send_all(const std::string& base_url, std::vector<http::ClientRequest> requests,
                             std::size_t connections, const std::function<void()>& meanwhile) {
    asio::io_context loop{1};
    http::ClientOptions options;
    options.base_url = base_url;
    options.connections = connections;
    options.connect_time = kPatience;
    http::Client client(loop, options);
    std::vector<Answer> answers(requests.size());
    auto left = requests.size();
    for (std::size_t i = 0; i < requests.size(); ++i)
        asio::co_spawn(loop, exchange(client, std::move(requests[i]), answers[i], left), asio::detached);
    std::thread other(meanwhile ? meanwhile : [] {});
    while (left > 0) loop.run_one();  // NOLINT(bugprone-infinite-loop): the coroutines count it down
    other.join();
    return answers;
}

}  // namespace

std::string Answer::code() const {
    boost::system::error_code failure;
    const auto json = boost::json::parse(body, failure);
    if (failure || !json.is_object()) return body;
    const auto* code = json.as_object().if_contains(status == 200 ? "outcome" : "code");
    return code == nullptr ? body : std::string(code->as_string());
}

Answer Sender::deliver(const Webhook& webhook) const {
    return deliver_all({webhook}, 1).front();
}

std::vector<Answer> Sender::deliver_all(const std::vector<Webhook>& webhooks, std::size_t connections,
                                        const std::function<void()>& meanwhile) const {
    std::vector<http::ClientRequest> requests;
    for (const auto& webhook : webhooks) requests.push_back(to_request(webhook));
    return send_all(base_url_, std::move(requests), connections, meanwhile);
}

Answer Sender::request(const std::string& method, const std::string& target, const std::string& body,
                       const http::Headers& headers) const {
    return send_all(base_url_, {{method, target, headers, body}}, 1, {}).front();
}

double sample_in(const std::string& metrics, const std::string& sample) {
    const auto text = "\n" + metrics;
    const auto place = text.find("\n" + sample + " ");
    return place == std::string::npos ? -1 : std::stod(text.substr(place + sample.size() + 2));
}

}  // namespace quittance::test
