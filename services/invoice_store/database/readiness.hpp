// When the store is ready for calls. With a replica it stays so while the primary is away: a store that is not ready
// gets no reads either, and those go on; writes are refused call by call meanwhile. Without one, no primary is no
// reads.
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

// Blocks for about a second at most, and with a replica for no server that is away.
std::vector<http::ReadinessCheck> readiness_of(const ReadinessParts& parts);

}  // namespace quittance::invoice_store
