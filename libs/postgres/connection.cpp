// Limits and session settings of a connection, and the check of its socket before a request uses it.
#include "postgres/connection.hpp"

#include <poll.h>

#include <array>
#include <atomic>
#include <string_view>
#include <utility>

#include "postgres/database_url.hpp"
#include "postgres/statements.hpp"
#include "runtime/log.hpp"

namespace quittance::postgres {
namespace {

// In seconds and milliseconds, as libpq expects them. Keep-alives detect a server that vanished while we wait for it.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kTimeLimits = {{
    {"connect_timeout", "3"},
    {"keepalives_idle", "5"},
    {"keepalives_interval", "2"},
    {"keepalives_count", "3"},
    {"tcp_user_timeout", "10000"},
}};

std::string appended(const std::string& url, const std::string& parameter) {
    const bool is_uri = url.rfind("postgres://", 0) == 0 || url.rfind("postgresql://", 0) == 0;
    return url + (!is_uri ? " " : url.find('?') == std::string::npos ? "?" : "&") + parameter;
}

// Not set behind a pooler: they would apply to the next client, and our next transaction has another session.
void check_settings_of_pooler(pqxx::nontransaction& session) {
    static std::atomic<bool> said{false};
    const auto row = session.exec1(
        "SELECT concat_ws(', ', CASE WHEN current_setting('jit') <> 'off' THEN 'jit = off' END,"
        " CASE WHEN current_setting('statement_timeout') = '0' THEN 'statement_timeout = 5000' END,"
        " CASE WHEN current_setting('enable_bitmapscan') <> 'off' THEN 'enable_bitmapscan = off' END)");
    const std::string missing = row[0].c_str();
    if (!missing.empty() && !said.exchange(true))
        runtime::log_warn("the pooler's sessions lack settings, see docs/operations/pooler.md", {{"missing", missing}});
}

void forbid_reconnecting(pqxx::connection& connection) {
    // Deprecated, because it is the default of libpqxx 7. In 6.4 it is the only way.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    connection.inhibit_reactivation(true);
#pragma GCC diagnostic pop
}

}  // namespace

std::string with_parameter(const std::string& url, std::string_view name, std::string_view value) {
    if (has_parameter(url, name)) return url;
    return appended(url, std::string(name).append("=").append(value));
}

std::string through_pooler(const std::string& url) {
    return appended(url, kPooledMark);
}

std::string with_time_limits(const std::string& url) {
    auto limited = url;
    for (const auto& [name, value] : kTimeLimits) limited = with_parameter(limited, name, value);
    return limited;
}

std::unique_ptr<pqxx::connection> connect(const std::string& url, std::chrono::milliseconds statement_timeout) {
    check_readable(url);  // libpq's own complaint could quote the password
    auto connection = std::make_unique<pqxx::connection>(with_time_limits(url));
    forbid_reconnecting(*connection);
    pqxx::nontransaction session(*connection, "session");
    // PgBouncer keeps these three for each client.
    session.exec0("SET client_encoding = 'UTF8'; SET TimeZone = 'UTC'; SET DateStyle = 'ISO'");
    if (is_pooled(*connection))
        check_settings_of_pooler(session);
    else
        session.exec0("SET jit = off; SET bytea_output = 'hex'; SET statement_timeout = " +
                      std::to_string(statement_timeout.count()));
    return connection;
}

bool is_stale(const pqxx::connection& connection) {
    if (!connection.is_open()) return true;
    pollfd descriptor{connection.sock(), POLLIN, 0};
    return ::poll(&descriptor, 1, 0) != 0;
}

}  // namespace quittance::postgres
