// quittance-webhook-load: sends signed webhooks to an ingester as fast as it takes them, and says how fast that was, as
// one JSON object on standard output. With no address it measures itself, against a server that only answers 200.
#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <ctime>
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>

#include "echo_server.hpp"
#include "load.hpp"
#include "runtime/configuration.hpp"
#include "signed_events.hpp"

namespace {

using namespace quittance;  // NOLINT(google-build-using-namespace): a main of its own

constexpr std::array<runtime::Setting, 7> kSettings{{
    {"TARGET", "HOST:PORT of the ingester; empty: measure this generator's own ceiling.", ""},
    {"SECRET", "The webhook secret to sign with.", "whsec_of_nobody", runtime::Kind::kSecret},
    {"PATTERN", "File with one event as Stripe sends it.", std::nullopt},
    {"EVENTS", "How many events, 1 to 10000000.", "50000"},
    {"FIRST", "Number of the first event: the same numbers give the same ids.", "1"},
    {"CUSTOMERS", "How many customers they are spread over.", "1000"},
    {"CONNECTIONS", "How many connections, 1 to 10000.", "64"},
}};

double percentile(const std::vector<double>& sorted, double share) {
    const auto index = static_cast<std::size_t>(share * static_cast<double>(sorted.size()));
    return sorted[std::min(index, sorted.size() - 1)];
}

int run(int argc, char** argv) {
    constexpr std::int64_t kMostEvents = 10'000'000;
    const auto configuration =
        runtime::Configuration::read("quittance-webhook-load", "Load for a webhook ingester.", kSettings, argc, argv);
    std::ifstream file(configuration.text("PATTERN"));
    std::ostringstream pattern;
    pattern << file.rdbuf();

    std::optional<bench::EchoServer> echo;
    auto target = configuration.text("TARGET");
    if (target.empty()) target = "127.0.0.1:" + std::to_string(echo.emplace().port());
    bench::EventSource source;
    source.body = pattern.str();
    source.host = target;
    source.path = "/webhooks/stripe";
    source.secret = configuration.secret("SECRET");
    source.first = static_cast<std::uint64_t>(configuration.integer("FIRST", 0, INT64_MAX / 2));
    source.customers = static_cast<std::uint64_t>(configuration.integer("CUSTOMERS", 1, kMostEvents));
    source.timestamp = std::time(nullptr);
    const auto count = static_cast<std::size_t>(configuration.integer("EVENTS", 1, kMostEvents));
    const auto connections = static_cast<std::size_t>(configuration.integer("CONNECTIONS", 1, 10'000));

    const auto requests = bench::signed_requests(source, count);
    const auto result = bench::run_load(target, connections, requests);
    const boost::json::object report{
        {"connections", connections},
        {"events", count},
        {"ok", result.ok},
        {"refused", result.refused},
        {"seconds", result.wall.count()},
        {"per_second", static_cast<double>(result.ok) / result.wall.count()},
        {"p50_ms", percentile(result.latencies_ms, 0.50)},
        {"p99_ms", percentile(result.latencies_ms, 0.99)},
        {"max_ms", result.latencies_ms.back()},
        {"generator_cpu_seconds", result.cpu.count()},
    };
    std::cout << boost::json::serialize(report) << std::endl;
    return result.refused == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << "quittance-webhook-load: " << error.what() << "\n";
        return EXIT_FAILURE;
    }
}
