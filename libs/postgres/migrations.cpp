// Applies numbered SQL scripts under a lock of the whole database, and refuses a schema that it does not know.
#include "postgres/migrations.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "base/digest.hpp"
#include "runtime/log.hpp"

namespace quittance::postgres {
namespace {

// Any number that all our programs share.
constexpr std::int64_t kLockKey = 0x7175697474616e63;  // "quittanc"

struct Recorded {
    std::string name;
    std::string checksum;
};

std::map<int, Recorded> recorded_versions(pqxx::transaction_base& session) {
    std::map<int, Recorded> versions;
    for (const auto& row : session.exec("SELECT version, name, checksum FROM quittance_schema ORDER BY version"))
        versions[row[0].as<int>()] = {row[1].as<std::string>(), row[2].as<std::string>()};
    return versions;
}

bool schema_table_exists(pqxx::transaction_base& session) {
    return !session.exec1("SELECT to_regclass('quittance_schema')")[0].is_null();
}

void check_known(const std::map<int, Recorded>& recorded, std::span<const Migration> migrations) {
    for (const auto& [version, row] : recorded) {
        const auto index = static_cast<std::size_t>(version) - 1;
        if (version < 1 || index >= migrations.size())
            throw SchemaMismatch("the database has schema version " + std::to_string(version) + " (" + row.name +
                                 "), this program knows versions up to " + std::to_string(migrations.size()));
        if (row.checksum != base::sha256_hex(migrations[index].sql))
            throw SchemaMismatch("schema version " + std::to_string(version) + " (" + row.name +
                                 ") was made by another script than this program's");
    }
}

void check_numbering(std::span<const Migration> migrations) {
    for (std::size_t i = 0; i < migrations.size(); ++i)
        if (migrations[i].version != static_cast<int>(i) + 1)
            throw SchemaMismatch("migration " + std::string(migrations[i].name) + " stands at place " +
                                 std::to_string(i + 1) + " with number " + std::to_string(migrations[i].version));
}

// Asked before a script runs: a role that may create tables, and no more, would leave tables of its own.
void check_may_migrate(pqxx::transaction_base& transaction, bool schema_exists, const std::string& has,
                       std::span<const Migration> migrations) {
    const auto* question = schema_exists ? "SELECT pg_has_role(relowner, 'USAGE'), current_user FROM pg_class"
                                           " WHERE oid = 'quittance_schema'::regclass"
                                         : "SELECT coalesce(has_schema_privilege(current_schema(), 'CREATE'), false),"
                                           " current_user";
    const auto row = transaction.exec1(question);
    if (row[0].as<bool>()) return;
    throw MayNotMigrate("the database has " + has + ", this program needs version " +
                        std::to_string(migrations.size()) + ", and the role " + row[1].as<std::string>() +
                        " may not migrate");
}

// The first migration that is not recorded yet. Null: all are.
const Migration* next_of(pqxx::transaction_base& transaction, std::span<const Migration> migrations) {
    const auto recorded = recorded_versions(transaction);
    check_known(recorded, migrations);
    for (const auto& migration : migrations)
        if (!recorded.contains(migration.version)) return &migration;
    return nullptr;
}

void run(pqxx::transaction_base& transaction, const Migration& migration) {
    constexpr std::string_view kLockNotAvailable = "55P03";
    try {
        transaction.exec(std::string(migration.sql));
    } catch (const pqxx::sql_error& error) {
        if (error.sqlstate() != kLockNotAvailable) throw;
        throw TableInUse("migration " + std::string(migration.name) +
                         " alters a table that a long transaction uses (pg_stat_activity shows which)");
    }
}

// Null: there was nothing to do.
const Migration* apply_next(pqxx::connection& connection, std::span<const Migration> migrations) {
    pqxx::work transaction(connection, "migration");
    lock_schema(transaction);
    const bool exists = schema_table_exists(transaction);
    if (!exists) check_may_migrate(transaction, exists, "no schema", migrations);
    if (!exists)
        transaction.exec0(
            "CREATE TABLE quittance_schema (version integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,"
            " applied_at timestamptz NOT NULL DEFAULT now())");
    const auto* next = next_of(transaction, migrations);
    if (next != nullptr) {
        check_may_migrate(transaction, true, "schema version " + std::to_string(next->version - 1), migrations);
        run(transaction, *next);
        transaction.exec_params("INSERT INTO quittance_schema (version, name, checksum) VALUES ($1, $2, $3)",
                                next->version, std::string(next->name), base::sha256_hex(next->sql));
    }
    transaction.commit();
    return next;
}

}  // namespace

// A lock of the session would outlive us in a pooler's session.
void lock_schema(pqxx::transaction_base& transaction) {
    // No limit for a migration, nor for the wait for another process.
    transaction.exec0("SET LOCAL statement_timeout = 0");
    transaction.exec_params("SELECT pg_advisory_xact_lock($1)", kLockKey);
    // A script that waits for a table blocks every later user of the table, as long as the longest transaction takes.
    transaction.exec0("SET LOCAL lock_timeout = 2000");
}

int migrate(pqxx::connection& connection, std::span<const Migration> migrations) {
    check_numbering(migrations);
    int applied = 0;
    while (const auto* migration = apply_next(connection, migrations)) {
        runtime::log_info("schema migrated", {{"version", migration->version}, {"name", migration->name}});
        ++applied;
    }
    return applied;
}

int schema_version(pqxx::connection& connection) {
    pqxx::nontransaction session(connection);
    if (!schema_table_exists(session)) return 0;
    return session.exec1("SELECT coalesce(max(version), 0) FROM quittance_schema")[0].as<int>();
}

}  // namespace quittance::postgres
