// Invoices and lines of both shapes: where each field is found, which values are refused.
#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <functional>

#include "stripe/reader.hpp"
#include "unit/stripe/stripe_data.hpp"

namespace {

namespace json = boost::json;
namespace stripe = quittance::stripe;
namespace v1 = quittance::v1;

json::object object_of(const std::string& fixture) {
    return quittance::test::fixture_json(fixture).at("data").at("object").as_object();
}

v1::Invoice read(const json::object& object) {
    auto invoice = stripe::read_invoice(object);
    INFO((invoice.has_error() ? invoice.error().detail : std::string()));
    REQUIRE(invoice.has_value());
    return *std::move(invoice);
}

// invoice_paid.json with some members changed; a null takes a member away.
v1::Invoice with(const json::object& members, const std::string& fixture = "invoice_paid.json") {
    auto object = object_of(fixture);
    for (const auto& [key, value] : members) object[key] = value;
    return read(object);
}

std::string refusal(const json::object& members) {
    auto object = object_of("invoice_paid.json");
    for (const auto& [key, value] : members) object[key] = value;
    const auto invoice = stripe::read_invoice(object);
    return invoice.has_error() ? invoice.error().detail : "accepted";
}

v1::InvoiceLine read_line(const json::object& object) {
    auto line = stripe::read_line(object);
    REQUIRE(line.has_value());
    return *std::move(line);
}

}  // namespace

TEST_CASE("amounts are integers of 64 bits or a problem that names the field") {
    for (const std::string field : {"amount_due", "amount_paid", "amount_remaining", "subtotal", "total", "tax",
                                    "pre_payment_credit_notes_amount", "post_payment_credit_notes_amount"}) {
        INFO(field);
        for (const auto& bad : {json::value(1.5), json::value(3300.0), json::value("3300"), json::value(true),
                                json::value(json::object()), json::value(9'223'372'036'854'775'808ULL)})
            CHECK(refusal({{field, bad}}) == field + " is no integer of 64 bits");
    }
    CHECK(with({{"total", 9'223'372'036'854'775'807}, {"tax", 0}}).total_minor() == 9'223'372'036'854'775'807);
    CHECK(with({{"total", -3300}}).total_minor() == -3300);
    // As text, because serialising would write them in another way.
    const auto text = quittance::test::fixture("rest_create_invoice_sample_response.json");
    REQUIRE(stripe::read_invoice(std::string_view(text)).has_value());
    for (const std::string bad : {"1e3", "0.0", "9223372036854775808", "-9223372036854775809"}) {
        auto changed = text;
        const std::string key = "\"amount_due\": 0";
        changed.replace(changed.find(key), key.size(), "\"amount_due\": " + bad);
        const auto invoice = stripe::read_invoice(std::string_view(changed));
        INFO(bad);
        REQUIRE(invoice.has_error());
        CHECK(invoice.error().detail == "amount_due is no integer of 64 bits");
    }
}

TEST_CASE("what an invoice cannot be without is a problem, the rest counts as null") {
    CHECK(refusal({{"id", nullptr}}) == "id is missing or no text");
    CHECK(refusal({{"status", nullptr}}) == "status is missing or no text");
    CHECK(refusal({{"currency", 1}}) == "currency is missing or no text");
    CHECK(refusal({{"created", nullptr}}) == "created is missing");
    CHECK(refusal({{"amount_due", nullptr}}) == "amount_due is missing");
    CHECK(refusal({{"amount_paid", nullptr}}) == "amount_paid is missing");
    CHECK(refusal({{"created", -1}}) == "created is no time in seconds since 1970");
    CHECK(refusal({{"status_transitions", {{"paid_at", "now"}}}}) ==
          "status_transitions.paid_at is no integer of 64 bits");
    const auto least = read({{"id", "in_1"},
                             {"status", "draft"},
                             {"currency", "eur"},
                             {"created", 1},
                             {"amount_due", 0},
                             {"amount_paid", 0}});
    CHECK(least.lines_size() == 0);
    CHECK_FALSE(least.lines_complete());
    CHECK_FALSE(least.has_paid_time());
    CHECK(read({{"id", "in_1"}, {"object", "invoice"}, {"deleted", true}}).status() == "deleted");
}

TEST_CASE("tax comes from the first place that has it") {
    const json::array old_rows{{{"amount", 100}}, {{"amount", 28}}};
    const json::array new_rows{{{"amount", 200}}, {{"amount", -28}}};
    CHECK(with({{"tax", 7}, {"total_tax_amounts", old_rows}}).tax_minor() == 7);
    CHECK(with({{"tax", nullptr}, {"total_tax_amounts", old_rows}, {"total_taxes", new_rows}}).tax_minor() == 128);
    CHECK(with({{"tax", nullptr}, {"total_tax_amounts", nullptr}, {"total_taxes", new_rows}}).tax_minor() == 172);
    const json::object by_difference{
        {"tax", nullptr}, {"total_tax_amounts", nullptr}, {"total", 119}, {"total_excluding_tax", 100}};
    CHECK(with(by_difference).tax_minor() == 19);
    CHECK(with({{"tax", nullptr}, {"total_tax_amounts", nullptr}, {"total_excluding_tax", nullptr}}).tax_minor() == 0);
    const auto largest = 9'223'372'036'854'775'807;
    CHECK(refusal({{"total_tax_amounts", {{{"amount", largest}}, {{"amount", 1}}}}}) ==
          "total_tax_amounts sums up to more than 64 bits");
    CHECK(refusal({{"total_tax_amounts", {{{"amount", "1"}}}}}) == "total_tax_amounts.amount is no integer of 64 bits");
    CHECK(refusal({{"total_tax_amounts", nullptr}, {"total", -5}, {"total_excluding_tax", largest}}) ==
          "total_excluding_tax is further from the total than 64 bits");
}

TEST_CASE("what was paid out of band counts as paid in both shapes") {
    const auto old =
        with({{"paid_out_of_band", true}, {"amount_paid", 0}, {"amount_remaining", 3300}, {"attempted", false}});
    CHECK(old.paid_out_of_band());
    CHECK(old.amount_paid_minor() == 3300);
    CHECK(old.amount_remaining_minor() == 0);
    const auto basil = with({{"attempted", false}}, "invoice_paid_basil.json");
    CHECK_FALSE(basil.paid_out_of_band());
    CHECK(basil.amount_paid_minor() == 3300);
    // The flag alone, on an invoice that is not paid, changes no amount.
    CHECK(with({{"paid_out_of_band", true}, {"status", "open"}, {"amount_paid", 0}}).amount_paid_minor() == 0);
}

TEST_CASE("a credit note before a payment out of band lowers what was paid, whichever way a version states it") {
    const json::object paid{{"paid_out_of_band", true},
                            {"total", 2000},
                            {"pre_payment_credit_notes_amount", 500},
                            {"amount_paid", 0},
                            {"amount_remaining", 1500}};
    for (const int amount_due : {2000, 1500}) {
        auto members = paid;
        members["amount_due"] = amount_due;
        CHECK(with(members).amount_paid_minor() == 1500);
        CHECK(with(members).amount_remaining_minor() == 0);
    }
    const json::object basil{{"total", 2000}, {"amount_due", 1500}, {"amount_paid", 1500}, {"amount_remaining", 0}};
    CHECK(with(basil, "invoice_paid_basil.json").amount_paid_minor() == 1500);
}

TEST_CASE("references are ids or expanded objects") {
    const auto expanded = with({{"customer", {{"id", "cus_x"}, {"object", "customer"}}},
                                {"payment_intent", {{"id", "pi_x"}, {"latest_charge", "ch_x"}}},
                                {"charge", nullptr},
                                {"subscription", {{"id", "sub_x"}}},
                                {"default_payment_method", {{"id", "pm_x"}}}});
    CHECK(expanded.stripe_customer_id() == "cus_x");
    CHECK(expanded.payment_intent_id() == "pi_x");
    CHECK(expanded.charge_id() == "ch_x");
    CHECK(expanded.subscription_id() == "sub_x");
    CHECK(expanded.default_payment_method() == "pm_x");
    CHECK(with({{"charge", {{"id", "ch_y"}}}}).charge_id() == "ch_y");
    CHECK(with({{"payment_intent", nullptr}, {"charge", nullptr}}).payment_intent_id().empty());
}

TEST_CASE("payments of an invoice since basil are listed, and a paid one stands for them") {
    const auto payments = [](json::array data) {
        return json::object{{"payments", {{"object", "list"}, {"data", std::move(data)}}}};
    };
    const auto payment = [](const char* id, const char* status, bool is_default, const json::object& by) {
        return json::object{{"id", id},         {"status", status},         {"is_default", is_default},
                            {"payment", by},    {"amount_requested", 3300}, {"amount_paid", nullptr},
                            {"currency", "eur"}};
    };
    const json::object record{{"type", "payment_record"}, {"payment_record", "pr_1"}};
    const json::object intent{{"type", "payment_intent"}, {"payment_intent", "pi_1"}};
    const json::object expanded{{"type", "payment_intent"},
                                {"payment_intent", {{"id", "pi_2"}, {"latest_charge", "ch_2"}}}};
    const json::object charge{{"type", "charge"}, {"charge", "ch_3"}};
    const auto shown = [&](json::array data) {
        const auto invoice = with(payments(std::move(data)), "invoice_paid_basil.json");
        return invoice.payment_intent_id() + "/" + invoice.charge_id();
    };
    CHECK(shown({payment("inpay_0", "paid", true, record)}) == "/");
    CHECK(shown({payment("inpay_0", "paid", true, record), payment("inpay_1", "paid", false, intent)}) == "pi_1/");
    CHECK(shown({payment("inpay_1", "canceled", true, intent), payment("inpay_2", "paid", false, expanded)}) ==
          "pi_2/ch_2");
    CHECK(shown({payment("inpay_1", "open", true, intent), payment("inpay_2", "paid", false, expanded)}) ==
          "pi_2/ch_2");
    CHECK(shown({payment("inpay_1", "paid", false, intent), payment("inpay_3", "paid", true, charge)}) == "/ch_3");
    CHECK(shown({payment("inpay_1", "paid", false, intent), payment("inpay_3", "paid", false, charge)}) == "pi_1/");
    CHECK(shown({payment("inpay_1", "detached", true, intent)}) == "pi_1/");

    auto paid = payment("inpay_4", "paid", true, expanded);
    paid["amount_paid"] = 3300;
    paid["created"] = 100;
    paid["status_transitions"] = {{"paid_at", 200}, {"canceled_at", nullptr}};
    const auto invoice =
        with(payments({paid, payment("inpay_0", "open", false, record), "inpay_5"}), "invoice_paid_basil.json");
    REQUIRE(invoice.payments_size() == 2);
    const auto& listed = invoice.payments(0);
    CHECK(listed.id() == "inpay_4");
    CHECK(listed.stripe_invoice_id() == invoice.stripe_invoice_id());
    CHECK(listed.payment_intent_id() == "pi_2");
    CHECK(listed.charge_id() == "ch_2");
    CHECK(listed.amount_paid_minor() == 3300);
    CHECK(listed.amount_requested_minor() == 3300);
    CHECK(listed.currency() == "eur");
    CHECK(listed.status() == "paid");
    CHECK(listed.is_default());
    CHECK(listed.create_time().seconds() == 100);
    CHECK(listed.paid_time().seconds() == 200);
    CHECK_FALSE(listed.has_canceled_time());
    CHECK(invoice.payments(1).payment_record_id() == "pr_1");
    // Before basil an invoice lists none.
    CHECK(with({}).payments_size() == 0);
    paid["amount_paid"] = "3300";
    CHECK(refusal(payments({paid})) == "payments.data.amount_paid is no integer of 64 bits");
}

TEST_CASE("the two shapes of one subscription invoice say the same") {
    auto old = read(object_of("invoice_paid_subscription_cycle_12_lines.json"));
    auto basil = read(object_of("invoice_paid_subscription_cycle_basil.json"));
    CHECK(old.subscription_id() == "sub_1NyQ0oA0ZUrt0vQJsubcycle1");
    CHECK(old.tax_minor() == 6403);
    CHECK_FALSE(old.lines_complete());
    CHECK(old.line_count() == 12);
    REQUIRE(old.lines_size() == 10);
    // All but what basil does not tell and what tells the two fixtures apart.
    for (auto* invoice : {&old, &basil}) {
        invoice->clear_stripe_invoice_id();
        invoice->clear_payment_intent_id();
        invoice->clear_charge_id();
        invoice->clear_last_payment_attempt_time();
    }
    CHECK(old.ShortDebugString() == basil.ShortDebugString());
}

TEST_CASE("the pages of an invoice's lines sum up to the invoice") {
    std::int64_t sum = 0;
    std::size_t count = 0;
    for (const std::string page : {"rest_invoice_lines_page1.json", "rest_invoice_lines_page2.json"}) {
        const auto json = quittance::test::fixture_json(page);
        for (const auto& line : json.at("data").as_array()) {
            sum += read_line(line.as_object()).amount_minor();
            ++count;
        }
    }
    CHECK(count == 12);
    CHECK(sum == 33700);
}

TEST_CASE("a line tells what it comes from in either shape") {
    const auto old = read_line({{"id", "il_1"},
                                {"amount", -800},
                                {"type", "invoiceitem"},
                                {"proration", true},
                                {"invoice_item", "ii_1"},
                                {"subscription", "sub_1"},
                                {"subscription_item", "si_1"},
                                {"price", {{"id", "price_1"}, {"product", {{"id", "prod_1"}}}}},
                                {"quantity", 2}});
    CHECK(old.kind() == "invoiceitem");
    CHECK(old.proration());
    CHECK(old.price_id() == "price_1");
    CHECK(old.product_id() == "prod_1");
    const json::object details{
        {"proration", true}, {"invoice_item", "ii_1"}, {"subscription", "sub_1"}, {"subscription_item", "si_1"}};
    const json::object pricing{{"price_details", {{"price", {{"id", "price_1"}}}, {"product", "prod_1"}}}};
    const auto basil =
        read_line({{"id", "il_1"},
                   {"amount", -800},
                   {"quantity", 2},
                   {"pricing", pricing},
                   {"parent", {{"type", "subscription_item_details"}, {"subscription_item_details", details}}}});
    CHECK(old.ShortDebugString() == basil.ShortDebugString());

    const auto by_plan = read_line(
        {{"id", "il_1"}, {"amount", 1}, {"type", "subscription"}, {"plan", {{"id", "gold"}, {"product", "prod_2"}}}});
    CHECK(by_plan.price_id() == "gold");
    CHECK(by_plan.product_id() == "prod_2");
    CHECK(by_plan.kind() == "subscription");
    const auto unknown = read_line({{"id", "il_1"}, {"amount", 1}, {"parent", {{"type", "gold_details"}}}});
    CHECK(unknown.kind() == "gold_details");
}

TEST_CASE("a line without an amount or id is a problem") {
    const auto refusal_of = [](const json::object& object) {
        const auto line = stripe::read_line(object);
        return line.has_error() ? line.error().detail : "accepted";
    };
    CHECK(refusal_of({{"amount", 1}}) == "id is missing or no text");
    CHECK(refusal_of({{"id", "il_1"}}) == "amount is missing");
    CHECK(refusal_of({{"id", "il_1"}, {"amount", 0.5}}) == "amount is no integer of 64 bits");
    CHECK(refusal_of({{"id", "il_1"}, {"amount", 1}, {"period", {{"start", -1}}}}) ==
          "period.start is no time in seconds since 1970");
    CHECK(refusal({{"lines", {{"data", {7}}}}}) == "lines.data[0] is no object");
    CHECK(refusal_of({{"id", "il_1"}, {"amount", 1}, {"quantity", 1.5}}) == "accepted");
}

TEST_CASE("texts are kept, without the one character that a database cannot hold") {
    const std::string text("a\0b\xC3\xA9", 5);
    const auto invoice = with({{"description", text}, {"metadata", {{"team_id", "t"}, {"odd", 7}, {text, text}}}});
    CHECK(invoice.description() == "ab\xC3\xA9");
    CHECK(invoice.metadata().size() == 2);
    CHECK(invoice.metadata().at("team_id") == "t");
    CHECK(invoice.metadata().at("ab\xC3\xA9") == "ab\xC3\xA9");
}
