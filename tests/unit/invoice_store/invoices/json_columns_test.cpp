// Lines and metadata through their JSON and back.
#include "invoice_store/invoices/json_columns.hpp"

#include <catch2/catch.hpp>

using namespace quittance;

TEST_CASE("lines come back as they went") {
    v1::Invoice invoice;
    auto& full = *invoice.add_lines();
    full.set_id("il_1");
    full.set_kind("subscription");
    full.set_invoice_item_id("ii_1");
    full.set_subscription_id("sub_1");
    full.set_subscription_item_id("si_1");
    full.set_price_id("price_1");
    full.set_product_id("prod_1");
    full.set_description("2 × \"Größe\" \\ \n");
    full.set_amount_minor(-9223372036854775807 - 1);
    full.set_currency("eur");
    full.set_quantity(9223372036854775807);
    full.set_proration(true);
    full.mutable_period_start()->set_seconds(1'700'000'000);
    full.mutable_period_end()->set_seconds(0);
    (*full.mutable_metadata())["k\"ey"] = "välue";
    invoice.add_lines();
    v1::Invoice read;
    invoice_store::add_lines_of_json(invoice_store::lines_to_json(invoice), read);
    CHECK(read.DebugString() == invoice.DebugString());
}

TEST_CASE("metadata come back as they went, but for zero bytes") {
    v1::Invoice invoice;
    (*invoice.mutable_metadata())["team_id"] = "65490130ff600e06af2a9694";
    (*invoice.mutable_metadata())["empty"] = "";
    v1::Invoice read;
    invoice_store::add_metadata_of_json(invoice_store::metadata_to_json(invoice), read);
    CHECK(read.DebugString() == invoice.DebugString());
    (*invoice.mutable_metadata())["zero"] = std::string("a\0b", 3);
    CHECK(invoice_store::metadata_to_json(invoice).find("a\xEF\xBF\xBD"
                                                        "b") != std::string::npos);
}
