# Writes a C++ file that holds the numbered SQL scripts, so that the program carries its schema with it.
# cmake -D OUTPUT=migrations.cpp -D "SCRIPTS=a.sql;b.sql" -P embed.cmake
set(entries "")
foreach(script IN LISTS SCRIPTS)
  get_filename_component(name ${script} NAME_WE)
  if(NOT name MATCHES "^([0-9][0-9][0-9][0-9])_")
    message(FATAL_ERROR "${script}: a migration is called NNNN_name.sql")
  endif()
  string(REGEX REPLACE "^0+" "" version ${CMAKE_MATCH_1})
  file(READ ${script} sql)
  string(APPEND entries "    {${version}, \"${name}\", R\"quittance_sql(${sql})quittance_sql\"},\n")
endforeach()
file(WRITE ${OUTPUT} "#include \"invoice_store/database/schema.hpp\"

namespace quittance::invoice_store {
namespace {
constexpr postgres::Migration kMigrations[] = {
${entries}};
}  // namespace

std::span<const postgres::Migration> schema_migrations() { return kMigrations; }
}  // namespace quittance::invoice_store
")
