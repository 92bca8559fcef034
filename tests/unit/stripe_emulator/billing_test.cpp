// Numbers, balances, minimum charges, currencies, decimal prices (stripe/REFERENCE.md 2.2, 8).
#include "emulator.hpp"

using namespace quittance::stripe_emulator;
using namespace quittance::stripe_emulator::test;

TEST_CASE("numbers run per customer") {
    Emulator emulator;
    const auto ada = emulator.customer("name=Ada&invoice_prefix=ADA");
    const auto bob = emulator.customer("name=Bob&invoice_prefix=BOB");
    const auto number = [&](const std::string& customer) {
        return emulator.get("/v1/invoices/" + emulator.open(customer, 500)).text("number");
    };
    CHECK(number(ada) == "ADA-0001");
    CHECK(number(ada) == "ADA-0002");
    CHECK(number(bob) == "BOB-0001");
    // A draft that is deleted takes no number.
    emulator.call("DELETE", "/v1/invoices/" + emulator.draft(ada));
    CHECK(number(ada) == "ADA-0003");
    CHECK(emulator.get("/v1/customers/" + ada).integer("next_invoice_sequence") == 4);
}

TEST_CASE("less than the minimum charge is owed, not collected") {
    Emulator emulator;
    const auto customer = emulator.customer();
    emulator.card(customer);
    const auto id = emulator.draft(customer);
    emulator.line(id, 1);
    const auto reply = emulator.post("/v1/invoices/" + id + "/finalize");
    CHECK(reply.text("status") == "paid");
    CHECK(reply.integer("amount_due") == 0);
    CHECK(reply.integer("amount_paid") == 0);
    CHECK(reply.integer("total") == 1);
    CHECK(reply.integer("ending_balance") == 1);
    CHECK(emulator.get("/v1/customers/" + customer).integer("balance") == 1);
    // The next invoice collects it.
    const auto next = emulator.get("/v1/invoices/" + emulator.open(customer, 100));
    CHECK(next.integer("amount_due") == 101);
    CHECK(next.integer("starting_balance") == 1);
    CHECK(next.integer("ending_balance") == 0);
}

TEST_CASE("credit lowers what is due") {
    Emulator emulator;
    const auto customer = emulator.customer("balance=-1000");
    const auto draft = emulator.draft(customer);
    emulator.line(draft, 300);
    CHECK(emulator.get("/v1/invoices/" + draft).integer("amount_due") == 0);
    const auto covered = emulator.post("/v1/invoices/" + draft + "/finalize");
    CHECK(covered.text("status") == "paid");
    CHECK(covered.integer("ending_balance") == -700);
    const auto rest = emulator.get("/v1/invoices/" + emulator.open(customer, 1000));
    CHECK(rest.integer("amount_due") == 300);
    CHECK(rest.integer("total") == 1000);
    CHECK(rest.integer("ending_balance") == 0);
    // A negative total becomes credit.
    const auto credit = emulator.draft(customer);
    emulator.line(credit, -250);
    CHECK(emulator.post("/v1/invoices/" + credit + "/finalize").text("status") == "paid");
    CHECK(emulator.get("/v1/customers/" + customer).integer("balance") == -250);
}

TEST_CASE("an empty invoice settles at nothing, with Stripe's odd event") {
    Emulator emulator;
    const auto id = emulator.draft(emulator.customer());
    const auto mark = emulator.events();
    const auto reply = emulator.post("/v1/invoices/" + id + "/finalize");
    CHECK(reply.text("status") == "paid");
    CHECK(reply.object().at("attempted") == true);
    CHECK(reply.integer("attempt_count") == 0);
    CHECK(reply.object().at("payment_intent").is_null());
    CHECK(emulator.event_types_since(mark) ==
          std::vector<std::string>{"invoice.finalized", "invoice.updated", "invoice.paid"});
    const auto finalized =
        emulator.get("/v1/events", "type=invoice.finalized").object().at("data").as_array()[0].as_object();
    const auto& object = finalized.at("data").as_object().at("object").as_object();
    CHECK(object.at("status") == "open");
    CHECK(object.at("paid") == true);
}

TEST_CASE("minimum charges") {
    CHECK(minimum_charge("eur") == 50);
    CHECK(minimum_charge("gbp") == 30);
    CHECK(minimum_charge("jpy") == 50);
    CHECK(minimum_charge("huf") == 17'500);
}

TEST_CASE("decimal prices never touch a double") {
    CHECK(multiply_decimal("0.5", 3) == OptionalInteger(2));  // 1.5, away from zero
    CHECK(multiply_decimal("-0.5", 3) == OptionalInteger(-2));
    CHECK(multiply_decimal("0.333333333333", 3) == OptionalInteger(1));
    CHECK(multiply_decimal("999999999999", 1) == OptionalInteger(999'999'999'999));
    CHECK(multiply_decimal("12", 0) == OptionalInteger(0));
    for (const auto* bad : {"", "-", ".", "1e3", "1.2.3", "0.0000000000001", "1 ", "999999999999999999999999999"}) {
        CHECK_FALSE(multiply_decimal(bad, 1).has_value());
    }
    CHECK_FALSE(multiply_decimal("1000000000000", 1).has_value());
    CHECK_FALSE(multiply_decimal("1", 1'000'000'000'000).has_value());
}

TEST_CASE("currencies") {
    Emulator emulator;
    const auto customer = emulator.customer();
    CHECK(emulator.post("/v1/invoices", "customer=" + customer + "&currency=xxx").error_text("param") == "currency");
    CHECK(emulator.post("/v1/invoices", "customer=" + customer + "&currency=EUR").text("currency") == "eur");
    const auto id = emulator.draft(customer);
    const auto reply =
        emulator.post("/v1/invoiceitems", "customer=" + customer + "&invoice=" + id + "&amount=5&currency=usd");
    CHECK(reply.status == 400);
    CHECK(reply.error_text("param") == "currency");
    CHECK(known_currency("JPY", "currency").value() == "jpy");
}

TEST_CASE("a customer is billed in one currency at a time") {
    Emulator emulator;
    const auto customer = emulator.customer();
    const auto pending = emulator.post("/v1/invoiceitems", "customer=" + customer + "&amount=500&currency=usd");
    REQUIRE(pending.status == 200);
    const auto refused = emulator.post("/v1/invoices", "customer=" + customer + "&currency=eur");
    CHECK(refused.status == 400);
    CHECK(refused.error_text("type") == "invalid_request_error");
    CHECK(refused.error_text("message").find("cannot combine currencies") != std::string::npos);
    CHECK_FALSE(refused.error().contains("param"));
    CHECK(emulator.post("/v1/invoiceitems", "customer=" + customer + "&currency=eur&amount=1").status == 400);
    CHECK(emulator.post("/v1/invoices", "customer=" + customer + "&currency=usd").status == 200);
    CHECK(emulator.call("DELETE", "/v1/invoiceitems/" + pending.text("id")).status == 200);
    CHECK(emulator.post("/v1/invoices", "customer=" + customer + "&currency=eur").status == 200);
}

TEST_CASE("a total that is too large cannot be finalised") {
    Emulator emulator;
    const auto id = emulator.draft(emulator.customer());
    emulator.line(id, 999'999'999'999);
    emulator.line(id, 1);
    const auto reply = emulator.post("/v1/invoices/" + id + "/finalize");
    CHECK(reply.status == 400);
    CHECK(reply.error_text("code") == "amount_too_large");
    const auto invoice = emulator.get("/v1/invoices/" + id);
    CHECK(invoice.text("status") == "draft");
    CHECK(invoice.object().at("last_finalization_error").as_object().at("code") == "amount_too_large");
    CHECK(emulator.post("/v1/invoices/" + id + "/add_lines", "lines[0][amount]=1000000000000").status == 400);
}

TEST_CASE("the customer is frozen at finalisation") {
    Emulator emulator;
    const auto customer = emulator.customer("name=Ada&address[city]=Paris");
    const auto draft = emulator.draft(customer);
    const auto open = emulator.open(customer, 500);
    REQUIRE(emulator.post("/v1/customers/" + customer, "name=Grace").status == 200);
    CHECK(emulator.get("/v1/invoices/" + draft).text("customer_name") == "Grace");
    CHECK(emulator.get("/v1/invoices/" + open).text("customer_name") == "Ada");
    CHECK(emulator.get("/v1/invoices/" + open).object().at("customer_address").as_object().at("city") == "Paris");
}

TEST_CASE("customers: defaults, deletion, shared test methods") {
    Emulator emulator;
    const auto made = emulator.post(
        "/v1/customers", "payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa");
    REQUIRE(made.status == 200);
    const auto method =
        std::string(made.object().at("invoice_settings").as_object().at("default_payment_method").as_string());
    CHECK(method != "pm_card_visa");
    CHECK(emulator.get("/v1/payment_methods/" + method).text("customer") == made.text("id"));
    CHECK(emulator.card(made.text("id")) != method);
    CHECK(emulator.call("DELETE", "/v1/customers/" + made.text("id")).object().at("deleted") == true);
    const auto gone = emulator.get("/v1/customers/" + made.text("id"));
    CHECK(gone.status == 200);
    CHECK(gone.object().at("deleted") == true);
    CHECK(emulator.post("/v1/invoices", "customer=" + made.text("id")).status == 400);
}

TEST_CASE("cards by number") {
    Emulator emulator;
    const auto customer = emulator.customer();
    const auto outcome = [&](const std::string& number) {
        const auto made = emulator.post("/v1/payment_methods",
                                        "type=card&card[number]=" + number + "&card[exp_month]=1&card[exp_year]=2031");
        if (made.status != 200) return made.error_text("code");
        const auto attached =
            emulator.post("/v1/payment_methods/" + made.text("id") + "/attach", "customer=" + customer);
        if (attached.status != 200) return "attach " + attached.error_text("code");
        const auto paid =
            emulator.post("/v1/invoices/" + emulator.open(customer, 500) + "/pay", "payment_method=" + made.text("id"));
        return paid.status == 200 ? paid.text("status") : paid.error_text("decline_code");
    };
    CHECK(outcome("4242424242424242") == "paid");
    CHECK(outcome("4000000000000341") == "generic_decline");
    CHECK(outcome("4000000000009995") == "insufficient_funds");
    CHECK(outcome("4000000000000002") == "attach card_declined");
    CHECK(outcome("1234") == "incorrect_number");
}
