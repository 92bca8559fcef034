// The settings of refusals, for the services that strangers can reach.
#pragma once

#include <span>
#include <vector>

#include "http/server/refusals.hpp"
#include "runtime/configuration.hpp"

namespace quittance::http {

// `settings`, then REFUSALS_PER_SECOND and REFUSALS_BURST.
std::vector<runtime::Setting> with_refusal_settings(std::span<const runtime::Setting> settings);

// Also reads TRUSTED_PROXIES of server_settings.hpp. Throws runtime::ConfigurationError.
RefusalOptions read_refusal_options(const runtime::Configuration& configuration);

}  // namespace quittance::http
