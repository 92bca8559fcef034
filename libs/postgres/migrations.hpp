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

// The database was migrated by a newer program, or by a program with a different script of the same number.
struct SchemaMismatch : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// A script waited two seconds for the lock of a table. Everybody else who uses the table waits behind it.
struct TableInUse : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Migrations are missing, and the connection's role owns neither the schema nor its tables.
struct MayNotMigrate : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Waits until no other process migrates, and keeps others from it until the transaction ends.
void lock_schema(pqxx::transaction_base& transaction);

// Applies the missing migrations under an advisory lock, and records each version with its checksum in
// quittance_schema. Waits for another process that holds the lock. Returns the number of applied migrations. Throws
// SchemaMismatch, or pqxx's exceptions: then the failed script left nothing behind. Throws TableInUse if a long
// transaction uses a table that a script alters: try again after a while. Throws MayNotMigrate if the connection's role
// is not the owner's.
int migrate(pqxx::connection& connection, std::span<const Migration> migrations);

// The highest version that the database has; 0: none.
int schema_version(pqxx::connection& connection);

}  // namespace quittance::postgres
