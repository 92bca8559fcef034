// Products, prices and their like, and what keeps payment methods: sources and setup intents.
#include "emulator.hpp"

using namespace quittance::stripe_emulator::test;
using Types = std::vector<std::string>;

TEST_CASE("a reusable price is put on invoices") {
    Emulator emulator;
    const auto product = emulator.post("/v1/products", "name=Thing").text("id");
    const auto price = emulator.post("/v1/prices", "product=" + product + "&currency=eur&unit_amount=250");
    REQUIRE(price.status == 200);
    CHECK(price.object().at("active") == true);
    CHECK(price.text("type") == "one_time");
    const auto customer = emulator.customer();
    const auto draft = emulator.draft(customer);
    const auto item = [&](const std::string& id) {
        return emulator.post("/v1/invoiceitems",
                             "customer=" + customer + "&invoice=" + draft + "&quantity=3&price=" + id);
    };
    CHECK(item(price.text("id")).integer("amount") == 750);
    CHECK(emulator.get("/v1/invoices/" + draft).integer("total") == 750);
    const auto of_other = emulator.post("/v1/prices", "product=" + product + "&currency=usd&unit_amount=250");
    CHECK(item(of_other.text("id")).error_text("param") == "price");
    const auto monthly =
        emulator.post("/v1/prices", "product=" + product + "&currency=eur&unit_amount=250&recurring[interval]=month");
    CHECK(monthly.text("type") == "recurring");
    CHECK(item(monthly.text("id")).error_text("param") == "price");
    REQUIRE(emulator.post("/v1/prices/" + price.text("id"), "active=false").object().at("active") == false);
    CHECK(item(price.text("id")).status == 400);
    CHECK(emulator.post("/v1/prices", "product=prod_nope&currency=eur&unit_amount=1").error_text("param") == "product");
}

TEST_CASE("entries of the catalogue are made, changed and deleted, with events") {
    Emulator emulator;
    const auto before = emulator.events();
    const auto coupon = emulator.post("/v1/coupons", "percent_off=12.5").text("id");
    const auto code = emulator.post("/v1/promotion_codes", "coupon=" + coupon);
    CHECK(code.object().at("coupon").at("percent_off") == 12.5);
    CHECK(emulator.post("/v1/coupons/" + coupon, "metadata[a]=b").object().at("metadata").at("a") == "b");
    CHECK(emulator.call("DELETE", "/v1/coupons/" + coupon).object().at("deleted") == true);
    CHECK(emulator.get("/v1/coupons/" + coupon).status == 404);
    const auto rate = emulator.post("/v1/tax_rates", "display_name=VAT&inclusive=true&percentage=19");
    CHECK(rate.object().at("percentage") == 19.0);
    const auto plan = emulator.post("/v1/plans", "currency=eur&interval=month&amount=500&product[name]=Thing");
    CHECK(plan.text("amount_decimal") == "500");
    CHECK(emulator.event_types_since(before) == Types{"coupon.created", "promotion_code.created", "coupon.updated",
                                                      "coupon.deleted", "tax_rate.created", "product.created",
                                                      "plan.created"});
    CHECK(emulator.post("/v1/coupons").status == 400);
    CHECK(emulator.post("/v1/tax_rates", "display_name=VAT").error_text("code") == "parameter_missing");
    CHECK(emulator.post("/v1/promotion_codes", "coupon=nope").error_text("param") == "coupon");
}

TEST_CASE("a setup intent keeps a payment method") {
    Emulator emulator;
    const auto customer = emulator.customer();
    const auto kept =
        emulator.post("/v1/setup_intents", "confirm=true&payment_method=pm_card_visa&customer=" + customer);
    CHECK(kept.text("status") == "succeeded");
    CHECK(emulator.get("/v1/payment_methods/" + kept.text("payment_method")).text("customer") == customer);
    CHECK(emulator.post("/v1/setup_intents/" + kept.text("id") + "/cancel").error_text("code") ==
          "setup_intent_unexpected_state");
    const auto waiting =
        emulator.post("/v1/setup_intents", "confirm=true&payment_method=pm_card_authenticationRequired");
    CHECK(waiting.text("status") == "requires_action");
    CHECK(emulator.post("/v1/setup_intents/" + waiting.text("id") + "/cancel").text("status") == "canceled");
    const auto refused = emulator.post("/v1/setup_intents", "confirm=true&payment_method=pm_card_chargeDeclined");
    CHECK(refused.status == 402);
    CHECK(refused.error().at("setup_intent").at("status") == "requires_payment_method");
    const auto empty = emulator.post("/v1/setup_intents").text("id");
    CHECK(emulator.post("/v1/setup_intents/" + empty + "/confirm").status == 400);
    CHECK(emulator.get("/v1/setup_intents/" + empty).text("status") == "requires_payment_method");
}

TEST_CASE("a source is a card of its customer") {
    Emulator emulator;
    const auto customer = emulator.customer();
    const auto path = "/v1/customers/" + customer + "/sources";
    const auto card = emulator.post(path, "source=tok_visa");
    REQUIRE(card.status == 200);
    CHECK(card.text("object") == "card");
    CHECK(emulator.post(path + "/" + card.text("id"), "metadata[a]=b").object().at("metadata").at("a") == "b");
    CHECK(emulator.post(path, "source=tok_nope").error_text("param") == "source");
    CHECK(emulator.post("/v1/charges", "amount=500&currency=eur&source=tok_visa").text("status") == "succeeded");
    const auto reserved = emulator.post("/v1/charges", "amount=500&currency=eur&source=tok_visa&capture=false");
    CHECK(reserved.object().at("captured") == false);
    CHECK(emulator.post("/v1/refunds", "charge=" + reserved.text("id")).status == 400);
    CHECK(emulator.post("/v1/charges/" + reserved.text("id") + "/capture", "amount=300").integer("amount_captured") ==
          300);
    CHECK(emulator.post("/v1/charges", "amount=500&currency=eur&source=tok_chargeCustomerFail").status == 402);
    CHECK(emulator.post("/v1/charges", "amount=500&currency=eur").status == 400);
}

TEST_CASE("a bank debit keeps its invoice open until it clears") {
    Emulator emulator;
    const auto customer = emulator.customer();
    const auto debit = emulator.post("/v1/payment_methods", "type=sepa_debit&sepa_debit[iban]=AT321904300235473204");
    REQUIRE(debit.status == 200);
    CHECK(debit.object().at("sepa_debit").at("last4") == "3204");
    emulator.post("/v1/payment_methods/" + debit.text("id") + "/attach", "customer=" + customer);
    const auto id = emulator.open(customer, 700);
    const auto before = emulator.events();
    const auto waiting = emulator.post("/v1/invoices/" + id + "/pay", "payment_method=" + debit.text("id"));
    CHECK(waiting.status == 200);
    CHECK(waiting.text("status") == "open");
    CHECK(waiting.integer("attempt_count") == 1);
    CHECK(emulator.event_types_since(before) == Types{"payment_intent.processing", "invoice.updated"});
}
