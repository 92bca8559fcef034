#include "stripe_gateway/api/method_groups.hpp"

#include <catch2/catch.hpp>

#include "quittance/v1/stripe_gateway.pb.h"
#include "support/method_groups.hpp"

using namespace quittance;  // NOLINT(google-build-using-namespace)

TEST_CASE("each method is in one group") {
    // Links the file's descriptors into this program.
    REQUIRE(v1::PayInvoiceRequest::descriptor() != nullptr);
    test::check_each_method_is_in_one_group("StripeGateway", stripe_gateway::kMethodGroups);
}

TEST_CASE("the default rules for clients are valid") {
    test::check_clients_can_be_read(stripe_gateway::kUsualClients, stripe_gateway::kMethodGroups);
}
