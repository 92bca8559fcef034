// Schema migrations: numbered SQL scripts, applied in order, each in a transaction of its own, one process at a time.
#pragma once

#include <pqxx/pqxx>
#include <span>
#include <stdexcept>
#include <string_view>

namespace quittance::postgres {

struct Migration {
    int version;  // 1, 2, 3 … without gaps
    std::string_view name;
    std::string_view sql;  // one or more statements, without BEGIN and COMMIT
};

// The database was migrated by a newer program, or by one whose script of the same number was another.
struct SchemaMismatch : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// A script waited for a table for two seconds, and everybody else who uses the table waited behind it.
struct TableInUse : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Applies what is missing under an advisory lock (waits for another process that holds it) and records each version
// with its checksum in quittance_schema. Returns how many it applied. Throws SchemaMismatch, or pqxx's exceptions, in
// which case the script that failed left nothing behind. TableInUse: a long transaction has a table that a script
// alters; to be tried again after a while.
int migrate(pqxx::connection& connection, std::span<const Migration> migrations);

// The highest version that the database has; 0: none.
int schema_version(pqxx::connection& connection);

}  // namespace quittance::postgres
