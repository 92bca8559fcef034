#include "invoice_store/database/readiness.hpp"

#include <chrono>

namespace quittance::invoice_store {
namespace {

constexpr std::chrono::milliseconds kProbeTimeout{500};
constexpr const char* kRefused = "the database refuses writes: is its disk full, is it a replica?";
constexpr const char* kReadsGoOn = "the primary is away: writes are refused, reads go on from the replica";

}  // namespace

std::vector<http::ReadinessCheck> readiness_of(const ReadinessParts& parts) {
    const http::ReadinessCheck schema{"schema", parts.schema.ready().load(), parts.schema.detail()};
    auto* const monitor = parts.replica == nullptr ? nullptr : &parts.replica->monitor;
    const bool stands_in = monitor != nullptr && monitor->can_stand_in({});
    // The monitor knows that the primary is away. Connecting to it here could take longer than the caller waits.
    if (stands_in && !monitor->primary_answers())
        return {schema, {"database", true, kReadsGoOn}, {"replica", true, monitor->detail()}};
    const bool writable = parts.probe.writable(kProbeTimeout);
    std::vector<http::ReadinessCheck> checks{
        schema,
        {"database", parts.writes.healthy(kProbeTimeout), ""},
        {"database_reads", parts.reads.healthy(kProbeTimeout), ""},
        {"writes", writable, writable ? "" : kRefused},
    };
    if (monitor == nullptr) return checks;
    for (auto& check : checks) check.ready = check.ready || (stands_in && check.name != schema.name);
    checks.push_back({"replica", true, monitor->detail()});
    return checks;
}

}  // namespace quittance::invoice_store
