#include "http/server/refusal_settings.hpp"

#include <array>
#include <stdexcept>

namespace quittance::http {
namespace {

constexpr std::int64_t kMostRefusals = 1'000'000;

constexpr std::array<runtime::Setting, 3> kSettings{{
    {"REFUSALS_PER_SECOND",
     "Requests a second of one peer that are refused for their credentials, 0 to 1000000. Above it they are answered "
     "with 429. A peer is an IPv4 address or a /64 of IPv6. 0: no limit.",
     "10"},
    {"REFUSALS_BURST", "Such requests that one peer may send at once, 1 to 1000000.", "100"},
    {"TRUSTED_PROXIES",
     "Addresses and ranges like 10.0.0.0/8 of the proxies in front of this service, comma-separated. Their "
     "X-Forwarded-For names the peer. Empty: none.",
     ""},
}};

}  // namespace

std::vector<runtime::Setting> with_refusal_settings(std::span<const runtime::Setting> settings) {
    std::vector<runtime::Setting> all(settings.begin(), settings.end());
    all.insert(all.end(), kSettings.begin(), kSettings.end());
    return all;
}

RefusalOptions read_refusal_options(const runtime::Configuration& configuration) {
    RefusalOptions options;
    options.peer_per_second = static_cast<double>(configuration.integer("REFUSALS_PER_SECOND", 0, kMostRefusals));
    options.peer_burst = static_cast<double>(configuration.integer("REFUSALS_BURST", 1, kMostRefusals));
    try {
        options.trusted_proxies = AddressRanges("TRUSTED_PROXIES", configuration.list("TRUSTED_PROXIES"));
    } catch (const std::runtime_error& error) {
        throw runtime::ConfigurationError(error.what());
    }
    return options;
}

}  // namespace quittance::http
