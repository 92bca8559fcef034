#include "postgres/data_access.hpp"

#include "postgres/migrations.hpp"

namespace quittance::postgres {
namespace {

// The tables and sequences of our schema, with what the role in $1 lacks on each.
constexpr const char* kMissing =
    "SELECT format(CASE WHEN c.relkind = 'S' THEN 'GRANT USAGE, SELECT ON SEQUENCE %s TO %I'"
    " WHEN c.oid = 'quittance_schema'::regclass THEN 'GRANT SELECT ON TABLE %s TO %I'"
    " ELSE 'GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE %s TO %I' END, c.oid::regclass, $1::text)"
    " FROM pg_class AS c"
    " WHERE c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'quittance_schema'::regclass)"
    " AND c.relkind IN ('r', 'p', 'S') AND pg_get_userbyid(c.relowner) = current_user"
    // "a, b" means any of them, so each right is asked for by itself.
    " AND NOT CASE WHEN c.relkind = 'S' THEN has_sequence_privilege($1, c.oid, 'USAGE')"
    " ELSE has_table_privilege($1, c.oid, 'SELECT') AND (c.oid = 'quittance_schema'::regclass"
    " OR (has_table_privilege($1, c.oid, 'INSERT') AND has_table_privilege($1, c.oid, 'UPDATE')"
    " AND has_table_privilege($1, c.oid, 'DELETE'))) END";

constexpr const char* kWithoutAccess =
    "SELECT coalesce(string_agg(name, ', '), '') FROM (SELECT c.relname::text AS name FROM pg_class AS c"
    " WHERE c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'quittance_schema'::regclass)"
    " AND c.relowner = (SELECT relowner FROM pg_class WHERE oid = 'quittance_schema'::regclass)"
    " AND c.relkind IN ('r', 'p') AND c.oid <> 'quittance_schema'::regclass"
    " AND NOT (has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT')"
    " AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE'))"
    " ORDER BY name LIMIT 3) AS tables";

}  // namespace

void grant_data_access(pqxx::connection& connection, const std::string& role) {
    pqxx::work transaction(connection, "grants");
    lock_schema(transaction);  // two grants on one table at the same time would fail
    const auto known =
        transaction.exec_params1("SELECT count(*) FROM pg_roles WHERE rolname = $1", role)[0].as<int>() > 0;
    if (!known) throw NoSuchRole("there is no role " + role);
    if (transaction.exec_params1("SELECT current_user = $1", role)[0].as<bool>()) return;
    const auto reachable = transaction.exec_params1(
        "SELECT has_schema_privilege($1, relnamespace, 'USAGE'), relnamespace::regnamespace"
        " FROM pg_class WHERE oid = 'quittance_schema'::regclass",
        role);
    if (!reachable[0].as<bool>())
        transaction.exec0("GRANT USAGE ON SCHEMA " + reachable[1].as<std::string>() + " TO " +
                          transaction.quote_name(role));
    for (const auto& grant : transaction.exec_params(kMissing, role)) transaction.exec0(grant[0].as<std::string>());
    transaction.commit();
}

std::string tables_without_access(pqxx::connection& connection) {
    pqxx::nontransaction session(connection);
    return session.exec1(kWithoutAccess)[0].as<std::string>();
}

}  // namespace quittance::postgres
