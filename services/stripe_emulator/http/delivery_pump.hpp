// Sends webhooks when they are due, and runs the automatic steps of all accounts at their time. All waiting and sending
// of the emulator happens here.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "http/client/client.hpp"
#include "runtime/metrics.hpp"
#include "stripe_emulator/model/accounts.hpp"
#include "stripe_emulator/model/clock.hpp"

namespace quittance::stripe_emulator {

struct PumpOptions {
    std::chrono::milliseconds attempt_time{20'000};  // real time; then the attempt has failed
    std::size_t in_flight_per_endpoint = 32;
};

class DeliveryPump {
  public:
    DeliveryPump(boost::asio::io_context& loop, Accounts& accounts, Clock& clock, PumpOptions options,
                 runtime::Metrics& metrics);

    void start();
    // Call after a change: the pump checks again what is due.
    void poke();
    // While paused nothing is sent; due deliveries wait.
    void set_paused(bool paused);
    bool paused() const { return paused_; }
    // Starts nothing more and waits for the attempts in flight.
    boost::asio::awaitable<void> stop(std::chrono::steady_clock::time_point deadline);

  private:
    boost::asio::awaitable<void> run();
    boost::asio::awaitable<void> deliver(Account& account, std::uint64_t id);
    void send_due(Account& account, const Now& now);
    std::optional<std::int64_t> next_due() const;
    std::optional<std::int64_t> next_due(const Account& account) const;
    std::size_t in_flight() const;
    http::Client& client_of(const std::string& origin);
    http::ClientRequest request_of(const Account& account, const WebhookEndpoint& endpoint, const Event& event) const;

    boost::asio::io_context& loop_;
    Accounts& accounts_;
    Clock& clock_;
    PumpOptions options_;
    boost::asio::steady_timer timer_;
    std::map<std::string, std::unique_ptr<http::Client>> clients_;  // by origin
    std::map<std::string, std::size_t> in_flight_;                  // by endpoint
    bool poked_ = false;
    bool paused_ = false;
    bool stopped_ = false;
    runtime::Counter accepted_;
    runtime::Counter failed_;
    runtime::Gauge waiting_;
};

}  // namespace quittance::stripe_emulator
