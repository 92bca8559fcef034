// Runs a service: reads its settings, starts the log, owns the metrics and the event loop, opens the operations port,
// announces the service and stops it. A service's main adds its settings, its parts and the order of its stop.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/server/operations.hpp"
#include "runtime/configuration.hpp"
#include "runtime/log.hpp"
#include "runtime/metrics.hpp"

namespace quittance::http {

struct ServiceName {
    std::string_view program;  // "quittance-edge"
    std::string_view log;      // "edge"
    std::string_view about;    // a sentence for --help
};

// The running service, as the host sees it. Everything that the functions use outlives Host::run.
struct RunningService {
    std::string_view setting;                             // of the port that it serves: "EDGE_LISTEN"
    std::string_view field;                               // the port's name in the log: "edge"
    std::string address;                                  // "127.0.0.1:8080"
    std::optional<runtime::Field> detail = std::nullopt;  // for the log line that says that it serves
    // See OperationsServer.
    std::function<std::vector<ReadinessCheck>()> ready;
    OperationsServer::Alive alive = nullptr;
    // Called once the operations port is open, with the announcement to make when the service serves, from any thread.
    // Unset: it serves at once.
    std::function<void(std::function<void()> announce)> start = nullptr;
    // Called on the loop just before the announcement.
    std::function<void()> on_serving = nullptr;
    // Stops the service; /readyz says "draining" already. See runtime::run_until_signal.
    std::function<boost::asio::awaitable<void>(std::chrono::steady_clock::time_point deadline)> stop;
};

class Host {
  public:
    explicit Host(runtime::Configuration configuration);

    const runtime::Configuration& settings() const { return settings_; }
    runtime::Metrics& metrics() { return metrics_; }
    boost::asio::io_context& loop() { return loop_; }
    std::chrono::seconds drain_budget() const { return drain_budget_; }

    // Serves until a signal, and stops. Returns the exit code. The announcement (READY_FILE and the log) is made on the
    // loop, after signals are handled: a script may send one as soon as it reads the announcement.
    int run(const RunningService& service);

  private:
    const runtime::Configuration settings_;
    const std::chrono::seconds drain_budget_;
    runtime::Metrics metrics_;
    boost::asio::io_context loop_{1};
};

// The address that a server with the setting `listen` ("127.0.0.1:0") has with `port`.
std::string address_of(const std::string& listen, std::uint16_t port);

// The main of a service: runs `service` with a host and returns its exit code. An exception is printed and fails. The
// common settings are added to `settings`.
int serve(const ServiceName& name, std::span<const runtime::Setting> settings, int argc, const char* const* argv,
          const std::function<int(Host&)>& service);

}  // namespace quittance::http
