#include "invoice_store/api/method_groups.hpp"

#include <catch2/catch.hpp>

#include "quittance/v1/invoice_store.pb.h"
#include "support/method_groups.hpp"

using namespace quittance;  // NOLINT(google-build-using-namespace)

TEST_CASE("each method is in one group") {
    // Links the file's descriptors into this program.
    REQUIRE(v1::GetInvoiceRequest::descriptor() != nullptr);
    test::check_each_method_is_in_one_group("InvoiceStore", invoice_store::kMethodGroups);
}

TEST_CASE("the default rules for clients are valid") {
    test::check_clients_can_be_read(invoice_store::kUsualClients, invoice_store::kMethodGroups);
}
