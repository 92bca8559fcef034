#include "invoice_store/replica/server_poll.hpp"

#include <exception>
#include <memory>
#include <pqxx/pqxx>
#include <utility>

#include "postgres/connection.hpp"
#include "postgres/failure.hpp"
#include "runtime/log.hpp"

namespace quittance::invoice_store {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kStatementTime{1'000};
constexpr milliseconds kShortestGap{10};

// A replica reports the timeline of its last restart point. It may be behind the true one, never ahead of it.
constexpr const char* kPoll =
    "SELECT (SELECT system_identifier FROM pg_control_system())::text,"
    " (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint::text, pg_is_in_recovery(),"
    " CASE WHEN pg_is_in_recovery() THEN greatest((SELECT timeline_id FROM pg_control_checkpoint()),"
    " (SELECT min_recovery_end_timeline FROM pg_control_recovery()))"
    " ELSE ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int END,"
    " (CASE WHEN pg_is_in_recovery() THEN coalesce(pg_last_wal_replay_lsn(), '0/0') ELSE pg_current_wal_insert_lsn()"
    " END - '0/0'::pg_lsn)::bigint, (SELECT coalesce(max(version), 0) FROM quittance_schema)";

ServerState read_state(pqxx::connection& connection) {
    ServerState state;
    state.asked = steady_clock::now();
    pqxx::nontransaction session(connection, "poll");
    const auto row = session.exec1(kPoll);
    state.cluster = row[0].c_str();
    state.instance = state.cluster + "/" + row[1].c_str();
    state.is_replica = row[2].as<bool>();
    state.position = {row[3].as<std::uint32_t>(), row[4].as<std::uint64_t>()};
    state.schema_version = row[5].as<int>();
    return state;
}

// What a poll needs from the one before.
struct Poller {
    std::string url;
    std::function<void(const std::optional<ServerState>&)> on_result;
    std::unique_ptr<pqxx::connection> connection;
    bool answered = true;

    void poll() {
        std::optional<ServerState> state;
        try {
            if (!connection) connection = postgres::connect(url, kStatementTime);
            state = read_state(*connection);
        } catch (...) {
            connection.reset();
            // Logged once, not at every poll.
            if (answered)
                runtime::log_warn("a database server does not answer",
                                  {{"error", postgres::classify(std::current_exception()).text}});
        }
        answered = state.has_value();
        on_result(state);
    }
};

}  // namespace

ServerPoll::ServerPoll(std::string url, milliseconds interval,
                       std::function<void(const std::optional<ServerState>&)> on_result)
    : thread_("poll of a database server", interval) {
    auto poller = std::make_shared<Poller>();
    poller->url = std::move(url);
    poller->on_result = std::move(on_result);
    thread_.start([poller, interval] {
        poller->poll();
        return runtime::Pause{kShortestGap + interval, kShortestGap};
    });
}

}  // namespace quittance::invoice_store
