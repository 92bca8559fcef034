#include "invoice_store/api/method_groups.hpp"

#include <catch2/catch.hpp>

#include "quittance/v1/invoice_store.pb.h"
#include "support/method_groups.hpp"

using namespace quittance;  // NOLINT(google-build-using-namespace)

TEST_CASE("each method is in one group") {
    // The descriptors are there once a message of theirs is.
    REQUIRE(v1::GetInvoiceRequest::descriptor() != nullptr);
    test::check_each_method_is_in_one_group("InvoiceStore", invoice_store::kMethodGroups);
}

TEST_CASE("the usual clients are rules that can be read") {
    test::check_clients_can_be_read(invoice_store::kUsualClients, invoice_store::kMethodGroups);
}
