// Compares the generated upsert with tests/data/golden/invoice_upsert.sql, where reviewers read it.
#include "invoice_store/invoices/invoice_upsert.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>

TEST_CASE("the upsert of invoices is the one in the golden file") {
    const std::string path = std::string(QUITTANCE_TEST_DATA) + "/golden/invoice_upsert.sql";
    const auto text = quittance::invoice_store::invoice_upsert_sql() + "\n";
    if (std::getenv("QUITTANCE_WRITE_GOLDENS") != nullptr) {  // NOLINT(concurrency-mt-unsafe): one thread
        std::ofstream(path, std::ios::binary) << text;
        return;
    }
    INFO("if the change is meant, QUITTANCE_WRITE_GOLDENS=1 writes " << path << " anew");
    std::ifstream file(path, std::ios::binary);
    CHECK(text == std::string(std::istreambuf_iterator<char>(file), {}));
}
