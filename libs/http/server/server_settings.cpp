#include "http/server/server_settings.hpp"

#include <array>
#include <stdexcept>

namespace quittance::http {
namespace {

constexpr std::size_t kMiB = 1024 * 1024;
constexpr std::int64_t kMostConnections = 100'000;
constexpr std::int64_t kMostMemoryMiB = 65'536;

constexpr std::array<runtime::Setting, 5> kSettings{{
    {"MAX_CONNECTIONS",
     "The most HTTP connections at one time, 1 to 100000. For one more, the oldest idle one is closed.", "10000"},
    {"MAX_CONNECTIONS_PER_PEER",
     "The most of them from one IPv4 address or one /64 of IPv6, 1 to 100000. TRUSTED_PROXIES may have more.", "1000"},
    {"TRUSTED_PROXIES",
     "Addresses and ranges like 10.0.0.0/8 of the proxies in front of this service, comma-separated. Their "
     "X-Forwarded-For names the peer. Empty: none.",
     ""},
    {"HTTP_MEMORY_MIB",
     "MiB that unfinished requests of unknown senders may hold, 4 to 65536. Bodies of known callers and answers may "
     "hold "
     "as much again. A quarter of the memory limit of the process.",
     "64"},
    {"ACCESS_LINES_PER_SECOND",
     "Log lines about requests a second, 0 to 100000, for reads, writes and refusals each. 0: about failures (5xx) "
     "alone.",
     "100"},
}};

}  // namespace

std::vector<runtime::Setting> with_server_settings(std::span<const runtime::Setting> settings) {
    std::vector<runtime::Setting> all(settings.begin(), settings.end());
    all.insert(all.end(), kSettings.begin(), kSettings.end());
    return all;
}

AddressRanges read_trusted_proxies(const runtime::Configuration& configuration) {
    try {
        return AddressRanges("TRUSTED_PROXIES", configuration.list("TRUSTED_PROXIES"));
    } catch (const std::runtime_error& error) {
        throw runtime::ConfigurationError(error.what());
    }
}

ServerOptions read_server_options(const runtime::Configuration& configuration, std::string_view listen) {
    const auto number = [&](std::string_view name, std::int64_t least, std::int64_t most) {
        return static_cast<std::size_t>(configuration.integer(name, least, most));
    };
    ServerOptions options;
    options.listen = configuration.text(listen);
    options.limits.connections = number("MAX_CONNECTIONS", 1, kMostConnections);
    options.limits.connections_per_peer = number("MAX_CONNECTIONS_PER_PEER", 1, kMostConnections);
    options.limits.memory_bytes = number("HTTP_MEMORY_MIB", 4, kMostMemoryMiB) * kMiB;
    options.access_lines_per_second = static_cast<double>(configuration.integer("ACCESS_LINES_PER_SECOND", 0, 100'000));
    options.trusted_proxies = read_trusted_proxies(configuration);
    return options;
}

}  // namespace quittance::http
