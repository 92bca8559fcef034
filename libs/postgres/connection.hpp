// Opens a connection with our session settings, and checks whether an idle one is still usable.
#pragma once

#include <chrono>
#include <memory>
#include <pqxx/pqxx>
#include <string>
#include <string_view>

namespace quittance::postgres {

// `url` with another of libpq's parameters, unless it has this one already.
std::string with_parameter(const std::string& url, std::string_view name, std::string_view value);

// `url` for a pooler that gives each transaction any free session, as PgBouncer does in transaction mode.
// statements.hpp has the consequences.
std::string through_pooler(const std::string& url);
// `url` with time limits for connecting and for a server that stops answering, unless it has its own.
std::string with_time_limits(const std::string& url);

// Connects with UTC, ISO dates, UTF-8, no JIT (our statements are short) and the statement timeout (0: none). The
// connection never reconnects by itself, because the new session would lack these settings. A pooler has to set the
// last two itself; if it does not, the log says so once. Throws pqxx's exceptions.
std::unique_ptr<pqxx::connection> connect(const std::string& url, std::chrono::milliseconds statement_timeout);

// True if an idle connection has something to read: the server has ended or closed it.
bool is_stale(const pqxx::connection& connection);

}  // namespace quittance::postgres
