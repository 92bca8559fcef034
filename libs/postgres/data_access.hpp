// The rights of the role that works with the data: it reads and writes rows, and cannot change, empty or drop a table.
// Another role owns the tables and migrates them.
#pragma once

#include <pqxx/pqxx>
#include <stdexcept>
#include <string>

namespace quittance::postgres {

// There is no role of that name.
struct NoSuchRole : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Grants `role` SELECT, INSERT, UPDATE and DELETE on every table, and USAGE of every sequence, that the connection's
// role owns in the schema of quittance_schema; on quittance_schema itself SELECT only. Does nothing for the
// connection's own role, and nothing where the rights are there. Throws NoSuchRole, or pqxx's exceptions.
void grant_data_access(pqxx::connection& connection, const std::string& role);

// The tables on which the connection's role lacks one of those rights, comma-separated, three at most; "": none.
// quittance_schema must be readable.
std::string tables_without_access(pqxx::connection& connection);

}  // namespace quittance::postgres
