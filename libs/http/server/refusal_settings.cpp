#include "http/server/refusal_settings.hpp"

#include <array>

#include "http/server/server_settings.hpp"

namespace quittance::http {
namespace {

constexpr std::int64_t kMostRefusals = 1'000'000;

constexpr std::array<runtime::Setting, 2> kSettings{{
    {"REFUSALS_PER_SECOND",
     "Requests a second of one peer that are refused for their credentials, 0 to 1000000. Above it they are answered "
     "with 429. A peer is an IPv4 address or a /64 of IPv6. 0: no limit.",
     "10"},
    {"REFUSALS_BURST", "Such requests that one peer may send at once, 1 to 1000000.", "100"},
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
    options.trusted_proxies = read_trusted_proxies(configuration);
    return options;
}

}  // namespace quittance::http
