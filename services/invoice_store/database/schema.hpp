// The schema that this program was built with: the scripts of migrations/, embedded at build time.
#pragma once

#include <span>

#include "postgres/migrations.hpp"

namespace quittance::invoice_store {

std::span<const postgres::Migration> schema_migrations();

}  // namespace quittance::invoice_store
