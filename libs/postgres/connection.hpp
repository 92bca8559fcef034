// Makes one connection as every part of ours wants it, and tells whether an idle one is still good.
#pragma once

#include <chrono>
#include <memory>
#include <pqxx/pqxx>
#include <string>
#include <string_view>

namespace quittance::postgres {

// `url` with one more of libpq's parameters, unless it has that one.
std::string with_parameter(const std::string& url, std::string_view name, std::string_view value);

// `url` for a pooler that gives each transaction whichever session is free (PgBouncer in transaction mode):
// statements.hpp says what is different there.
std::string through_pooler(const std::string& url);
// `url` with time limits for connecting and for a peer that went silent, where the caller named none.
std::string with_time_limits(const std::string& url);

// Connects: UTC, ISO dates, UTF-8, no JIT (our statements are short), and the statement timeout (0: none). Such a
// connection never reconnects by itself, because the session settings would be lost unseen. Through a pooler the last
// two are the pooler's to set; what is missing is logged, once. Throws pqxx's exceptions.
std::unique_ptr<pqxx::connection> connect(const std::string& url, std::chrono::milliseconds statement_timeout);

// True if an idle connection has something to read: the server said good-bye, or closed it.
bool is_stale(const pqxx::connection& connection);

}  // namespace quittance::postgres
