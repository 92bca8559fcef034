// Decides whether the store is ready for calls. With a replica it stays ready while the primary is away, because a
// store that is not ready gets no reads either; each write is refused meanwhile. Without a replica it needs the
// primary.
#pragma once

#include <vector>

#include "http/server/operations.hpp"
#include "invoice_store/database/schema_migrator.hpp"
#include "invoice_store/database/write_probe.hpp"
#include "invoice_store/replica/replica_monitor.hpp"
#include "postgres/pool.hpp"

namespace quittance::invoice_store {

struct ReadinessParts {
    const SchemaMigrator& schema;
    postgres::Pool& reads;
    postgres::Pool& writes;
    WriteProbe& probe;
    Replica* replica;  // or null
};

// Blocks for about a second at most. With a replica it never waits for a server that is away.
std::vector<http::ReadinessCheck> readiness_of(const ReadinessParts& parts);

}  // namespace quittance::invoice_store
