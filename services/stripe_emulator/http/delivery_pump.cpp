// Sends due webhooks on one loop with one thread. Each delivery is a coroutine of its own.
#include "stripe_emulator/http/delivery_pump.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <variant>
#include <vector>

#include "runtime/log.hpp"
#include "stripe/signature.hpp"
#include "stripe_emulator/billing/billing.hpp"
#include "stripe_emulator/billing/events.hpp"
#include "stripe_emulator/model/version.hpp"
#include "stripe_emulator/rendering/render.hpp"
#include "stripe_emulator/thin_events/thin_events.hpp"

namespace quittance::stripe_emulator {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds kLongestSleep{60'000};
constexpr std::chrono::milliseconds kStopStep{20};

struct Address {
    std::string origin;  // "http://127.0.0.1:8081"
    std::string target;  // "/webhooks/stripe"
};

Address split(const std::string& url) {
    const auto path = url.find('/', url.find("://") + 3);
    if (path == std::string::npos) return {url, "/"};
    return {url.substr(0, path), url.substr(path)};
}

// The event as this endpoint gets it.
json::object body_for(const Account& account, const WebhookEndpoint& endpoint, const Event& event) {
    if (endpoint.thin) return render_notification(account, event);
    const auto& version = version_of(account, endpoint);
    auto body = render(account, event, shape_of(version), version);
    // An endpoint of the connected account itself does not hear of Connect.
    if (account.endpoints.find(endpoint.id) != nullptr) body.erase("account");
    return body;
}

}  // namespace

DeliveryPump::DeliveryPump(asio::io_context& loop, Accounts& accounts, Clock& clock, PumpOptions options,
                           runtime::Metrics& metrics)
    : loop_(loop),
      accounts_(accounts),
      clock_(clock),
      options_(options),
      timer_(loop),
      accepted_(metrics.counter("stripe_emulator_webhook_attempts_total", "Webhook attempts by outcome.",
                                {{"outcome", "accepted"}})),
      failed_(metrics.counter("stripe_emulator_webhook_attempts_total", "Webhook attempts by outcome.",
                              {{"outcome", "failed"}})),
      waiting_(metrics.gauge("stripe_emulator_webhooks_waiting", "Webhook deliveries that are still to be made.")) {}

void DeliveryPump::start() {
    asio::co_spawn(loop_, run(), asio::detached);
}

void DeliveryPump::poke() {
    poked_ = true;
    timer_.cancel();
}

void DeliveryPump::set_paused(bool paused) {
    paused_ = paused;
    poke();
}

asio::awaitable<void> DeliveryPump::run() {
    while (!stopped_) {
        poked_ = false;
        const auto now = clock_.now();
        std::size_t waiting = 0;
        for (const auto& account : accounts_.all()) {
            run_agenda(*account, now);
            if (!paused_) send_due(*account, now);
            waiting += account->deliveries.waiting();
        }
        waiting_.set(static_cast<double>(waiting));
        if (poked_) continue;
        const auto due = next_due();
        timer_.expires_after(due ? std::min(clock_.real_wait(*due), kLongestSleep) : kLongestSleep);
        boost::system::error_code woken;
        co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    }
}

// The next time at which something is due. Endpoints at their limit do not count: the end of an attempt wakes the pump.
std::optional<std::int64_t> DeliveryPump::next_due(const Account& account) const {
    auto earliest = next_on_agenda(account);
    if (paused_) return earliest;
    for (const auto* endpoint : listeners_of(account)) {
        const auto busy = in_flight_.find(endpoint->id);
        if (busy != in_flight_.end() && busy->second >= options_.in_flight_per_endpoint) continue;
        const auto due = account.deliveries.next_due(endpoint->id);
        if (due && (!earliest || *due < *earliest)) earliest = due;
    }
    return earliest;
}

std::optional<std::int64_t> DeliveryPump::next_due() const {
    std::optional<std::int64_t> earliest;
    for (const auto& account : accounts_.all()) {
        const auto due = next_due(*account);
        if (due && (!earliest || *due < *earliest)) earliest = due;
    }
    return earliest;
}

std::size_t DeliveryPump::in_flight() const {
    std::size_t count = 0;
    for (const auto& account : accounts_.all()) count += account->deliveries.in_flight();
    return count;
}

void DeliveryPump::send_due(Account& account, const Now& now) {
    auto& ledger = account.deliveries;
    for (const auto* endpoint : listeners_of(account)) {
        auto& busy = in_flight_[endpoint->id];
        for (const auto id : ledger.take_due(endpoint->id, now.schedule_ms, options_.in_flight_per_endpoint - busy)) {
            if (endpoint->disabled) {
                ledger.skipped(id);
                continue;
            }
            ++busy;
            asio::co_spawn(loop_, deliver(account, id), asio::detached);
        }
    }
}

http::Client& DeliveryPump::client_of(const std::string& origin) {
    auto& client = clients_[origin];
    if (!client) {
        http::ClientOptions options;
        options.base_url = origin;
        options.connections = options_.in_flight_per_endpoint;
        client = std::make_unique<http::Client>(loop_, options);
    }
    return *client;
}

http::ClientRequest DeliveryPump::request_of(const Account& account, const WebhookEndpoint& endpoint,
                                             const Event& event) const {
    const auto now = clock_.now();
    http::ClientRequest request;
    request.method = "POST";
    request.target = split(endpoint.url).target;
    request.body = pretty(body_for(account, endpoint, event));
    std::vector<base::Secret> secrets{endpoint.secret};
    if (endpoint.old_secret && now.schedule_ms < endpoint.old_secret_until_ms) secrets.push_back(*endpoint.old_secret);
    request.headers = {{"Content-Type", "application/json; charset=utf-8"},
                       {"User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)"},
                       {"Accept", "*/*; q=0.5, application/xml"},
                       {"Cache-Control", "no-cache"},
                       {"Stripe-Signature", stripe::sign(request.body, secrets, now.unix_seconds)}};
    return request;
}

asio::awaitable<void> DeliveryPump::deliver(Account& account, std::uint64_t id) {
    auto& ledger = account.deliveries;
    const auto delivery = *ledger.find(id);
    int status = 0;
    std::string problem;
    const auto* endpoint = find_listener(account, delivery.endpoint);
    const auto* event = account.events.find(delivery.event);
    if (event == nullptr) {
        problem = "the event is no longer kept";
    } else {
        try {
            auto& client = client_of(split(endpoint->url).origin);
            auto request = request_of(account, *endpoint, *event);
            runtime::log_debug("webhook",
                               {{"event", delivery.event}, {"type", event->type}, {"attempt", delivery.attempts + 1}});
            const auto deadline = std::chrono::steady_clock::now() + options_.attempt_time;
            auto outcome = co_await client.send(std::move(request), deadline);
            if (const auto* response = std::get_if<http::ClientResponse>(&outcome)) {
                status = response->status;
            } else {
                problem = std::get<http::ClientFailure>(outcome).reason;
            }
        } catch (const std::exception& error) {
            problem = error.what();
        }
    }
    if (status >= 200 && status < 300) {
        accepted_.increment();
        webhook_accepted(account, id, status, clock_.now());
    } else {
        failed_.increment();
        runtime::log_debug("webhook not accepted",
                           {{"event", delivery.event}, {"status", status}, {"problem", problem}});
        ledger.failed(id, status, problem);
    }
    if (endpoint->deleted) ledger.drop_endpoint(delivery.endpoint);
    --in_flight_[delivery.endpoint];
    poke();
}

asio::awaitable<void> DeliveryPump::stop(std::chrono::steady_clock::time_point deadline) {
    stopped_ = true;
    poke();
    asio::steady_timer pause(loop_);
    while (in_flight() > 0 && std::chrono::steady_clock::now() < deadline) {
        pause.expires_after(kStopStep);
        co_await pause.async_wait(asio::use_awaitable);
    }
}

}  // namespace quittance::stripe_emulator
