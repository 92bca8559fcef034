// The settings that every service with an HTTP port of its own has: its limits, and the proxies in front of it.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "http/server/server_options.hpp"
#include "runtime/configuration.hpp"

namespace quittance::http {

// `settings`, then MAX_CONNECTIONS, MAX_CONNECTIONS_PER_PEER, TRUSTED_PROXIES, HTTP_MEMORY_MIB and
// ACCESS_LINES_PER_SECOND.
std::vector<runtime::Setting> with_server_settings(std::span<const runtime::Setting> settings);

// The proxies whose X-Forwarded-For is believed. Throws runtime::ConfigurationError.
AddressRanges read_trusted_proxies(const runtime::Configuration& configuration);

// The options of a server that listens where the setting `listen` says. Throws runtime::ConfigurationError.
ServerOptions read_server_options(const runtime::Configuration& configuration, std::string_view listen);

}  // namespace quittance::http
