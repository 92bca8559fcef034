// The databases that the settings name, checked before anything connects to them (postgres/database_url.hpp).
#pragma once

#include <string>

#include "invoice_store/database/schema_migrator.hpp"
#include "runtime/configuration.hpp"
#include "runtime/metrics.hpp"

namespace quittance::invoice_store {

struct DatabaseUrls {
    std::string primary;  // "" where only the owner migrates
    std::string replica;  // "": there is none
    SchemaOwner owner;
};

// Reads DATABASE_URL, DATABASE_READ_URL, DATABASE_OWNER_URL, DATABASE_STORE_ROLE, DATABASE_TLS, DATABASE_CA and
// DATABASE_POOLER. `serves`: DATABASE_URL must be given; otherwise it or DATABASE_OWNER_URL. Shows what protects each
// connection as the metric quittance_postgres_tls, and warns of one that nothing protects. Throws
// runtime::ConfigurationError.
DatabaseUrls read_database_urls(const runtime::Configuration& configuration, bool serves, runtime::Metrics& metrics);

}  // namespace quittance::invoice_store
