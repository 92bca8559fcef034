#include "invoice_store/database/readiness.hpp"

#include <chrono>

namespace quittance::invoice_store {
namespace {

constexpr std::chrono::milliseconds kPatience{500};
constexpr const char* kRefused = "the database refuses writes: is its disk full, is it a replica?";
constexpr const char* kReadsGoOn = "the primary is away: writes are refused, reads go on from the replica";

}  // namespace

std::vector<http::ReadinessCheck> readiness_of(const ReadinessParts& parts) {
    const http::ReadinessCheck schema{"schema", parts.schema.ready().load(), parts.schema.detail()};
    auto* const watch = parts.replica == nullptr ? nullptr : &parts.replica->watch;
    const bool stands_in = watch != nullptr && watch->can_stand_in({});
    // Its own looks know that it is away; to connect here might take longer than whoever asks will wait.
    if (stands_in && !watch->primary_answers())
        return {schema, {"database", true, kReadsGoOn}, {"replica", true, watch->detail()}};
    const bool writable = parts.probe.writable(kPatience);
    std::vector<http::ReadinessCheck> checks{
        schema,
        {"database", parts.writes.healthy(kPatience), ""},
        {"database_reads", parts.reads.healthy(kPatience), ""},
        {"writes", writable, writable ? "" : kRefused},
    };
    if (watch == nullptr) return checks;
    for (auto& check : checks) check.ready = check.ready || (stands_in && check.name != schema.name);
    checks.push_back({"replica", true, watch->detail()});
    return checks;
}

}  // namespace quittance::invoice_store
