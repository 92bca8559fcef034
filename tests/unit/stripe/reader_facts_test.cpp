// Events that say something about an invoice's money or about a customer without showing the invoice: what is read of
// them at every version, and what becomes of those that cannot be read.
#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "stripe/reader.hpp"
#include "unit/stripe/stripe_data.hpp"

namespace {

namespace json = boost::json;
namespace stripe = quittance::stripe;
using quittance::v1::InvoiceEvent;
using quittance::v1::PaymentFact;

InvoiceEvent read(const std::string& type, const json::value& object) {
    const json::object body{{"id", "evt_1"},
                            {"object", "event"},
                            {"api_version", "2023-10-16"},
                            {"created", 1'699'283'264},
                            {"data", {{"object", object}}},
                            {"type", type}};
    auto result = stripe::read_event(json::serialize(body));
    INFO(type);
    REQUIRE(result.has_value());
    CHECK(result->concerns_invoice);
    CHECK_FALSE(result->event.has_invoice());
    return std::move(result->event);
}

json::object with(json::object object, const json::object& changes) {
    for (const auto& [key, value] : changes) object[key] = value;
    return object;
}

const json::object kCharge{{"id", "ch_1"},      {"object", "charge"},       {"amount_refunded", 1000},
                           {"currency", "eur"}, {"payment_intent", "pi_1"}, {"invoice", "in_1"},
                           {"refunded", false}, {"status", "succeeded"}};
const json::object kRefund{{"id", "re_1"},       {"object", "refund"},       {"amount", 400},
                           {"charge", "ch_1"},   {"payment_intent", "pi_1"}, {"currency", "eur"},
                           {"status", "pending"}};
const json::object kDispute{
    {"id", "dp_1"},      {"object", "dispute"},       {"amount", 3300}, {"charge", "ch_1"}, {"payment_intent", "pi_1"},
    {"currency", "eur"}, {"status", "needs_response"}};
const json::object kCreditNote{{"id", "cn_1"},      {"object", "credit_note"}, {"amount", 700},
                               {"invoice", "in_1"}, {"currency", "eur"},       {"status", "issued"}};
const json::object kInvoicePayment{
    {"id", "inpay_1"},     {"object", "invoice_payment"},
    {"amount_paid", 3300}, {"invoice", "in_1"},
    {"currency", "eur"},   {"payment", {{"type", "payment_intent"}, {"payment_intent", "pi_1"}}},
    {"status", "paid"}};

std::string problem_of(const std::string& type, const json::value& object) {
    const auto event = read(type, object);
    CHECK_FALSE(event.has_payment_fact());
    CHECK_FALSE(event.has_stripe_customer());
    return event.problem();
}

}  // namespace

TEST_CASE("every type of a family says what its object is") {
    const struct {
        std::vector<std::string> types;
        json::object object;
        PaymentFact::Kind kind;
        std::int64_t amount;
    } families[] = {
        {{"invoice_payment.paid", "invoice_payment.detached"}, kInvoicePayment, PaymentFact::INVOICE_PAYMENT, 3300},
        {{"charge.refunded"}, kCharge, PaymentFact::CHARGE, 1000},
        {{"charge.refund.updated", "refund.created", "refund.updated", "refund.failed", "refund.reversed_in_gold"},
         kRefund,
         PaymentFact::REFUND,
         400},
        {{"charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed", "charge.dispute.funds_withdrawn",
          "charge.dispute.funds_reinstated"},
         kDispute,
         PaymentFact::DISPUTE,
         3300},
        {{"credit_note.created", "credit_note.updated", "credit_note.voided"},
         kCreditNote,
         PaymentFact::CREDIT_NOTE,
         700},
    };
    for (const auto& family : families)
        for (const auto& type : family.types) {
            const auto event = read(type, family.object);
            CHECK(event.problem().empty());
            REQUIRE(event.has_payment_fact());
            CHECK_FALSE(event.has_stripe_customer());
            const auto& fact = event.payment_fact();
            CHECK(fact.kind() == family.kind);
            CHECK(fact.object_id() == event.object_id());
            CHECK(fact.amount_minor() == family.amount);
            CHECK(fact.currency() == "eur");
            CHECK(fact.status() == std::string(family.object.at("status").as_string()));
        }
}

TEST_CASE("a fact keeps every name of its invoice and payment that the object gives") {
    const auto fact_of = [](const std::string& type, const json::object& object) {
        return read(type, object).payment_fact();
    };
    const auto charge = fact_of("charge.refunded", kCharge);
    CHECK(charge.stripe_invoice_id() == "in_1");
    CHECK(charge.payment_intent_id() == "pi_1");
    CHECK(charge.charge_id() == "ch_1");
    auto basil_charge = kCharge;
    basil_charge.erase("invoice");
    CHECK(fact_of("charge.refunded", basil_charge).stripe_invoice_id().empty());

    const json::object intent{{"id", "pi_2"}, {"latest_charge", "ch_2"}, {"invoice", "in_2"}};
    const auto expanded = fact_of("refund.updated", with(kRefund, {{"payment_intent", intent}, {"charge", nullptr}}));
    CHECK(expanded.payment_intent_id() == "pi_2");
    CHECK(expanded.charge_id() == "ch_2");
    CHECK(expanded.stripe_invoice_id() == "in_2");
    const auto by_charge =
        fact_of("charge.dispute.created", with(kDispute, {{"charge", kCharge}, {"payment_intent", nullptr}}));
    CHECK(by_charge.charge_id() == "ch_1");
    CHECK(by_charge.payment_intent_id() == "pi_1");
    CHECK(by_charge.stripe_invoice_id() == "in_1");

    const auto payment = fact_of(
        "invoice_payment.paid",
        with(kInvoicePayment,
             {{"invoice", {{"id", "in_3"}}}, {"payment", {{"type", "payment_intent"}, {"payment_intent", intent}}}}));
    CHECK(payment.stripe_invoice_id() == "in_3");
    CHECK(payment.payment_intent_id() == "pi_2");
    CHECK(payment.charge_id() == "ch_2");
    const auto record =
        fact_of("invoice_payment.paid",
                with(kInvoicePayment, {{"payment", {{"type", "payment_record"}, {"payment_record", "pr_1"}}}}));
    CHECK(record.payment_intent_id().empty());
    CHECK(record.charge_id().empty());
    CHECK(record.payment().payment_record_id() == "pr_1");
}

TEST_CASE("a fact about an invoice payment has the whole payment") {
    const auto fact = read("invoice_payment.detached",
                           with(kInvoicePayment, {{"amount_requested", 5000},
                                                  {"is_default", true},
                                                  {"created", 100},
                                                  {"status", "detached"},
                                                  {"status_transitions", {{"canceled_at", 300}, {"paid_at", 200}}}}))
                          .payment_fact();
    const auto& payment = fact.payment();
    CHECK(payment.id() == fact.object_id());
    CHECK(payment.stripe_invoice_id() == "in_1");
    CHECK(payment.payment_intent_id() == "pi_1");
    CHECK(payment.amount_paid_minor() == 3300);
    CHECK(payment.amount_requested_minor() == 5000);
    CHECK(payment.status() == "detached");
    CHECK(payment.is_default());
    CHECK(payment.create_time().seconds() == 100);
    CHECK(payment.paid_time().seconds() == 200);
    CHECK(payment.canceled_time().seconds() == 300);
}

TEST_CASE("a credit note tells which parts of it went back, and how") {
    const auto note = [](const json::object& changes) {
        return read("credit_note.created", with(kCreditNote, changes)).payment_fact();
    };
    const auto mixed =
        note({{"refunds",
               {{{"type", "refund"}, {"refund", "re_1"}, {"amount_refunded", 300}, {"payment_record_refund", nullptr}},
                {{"type", "refund"}, {"refund", {{"id", "re_2"}}}, {"amount_refunded", 50}},
                {{"type", "payment_record_refund"},
                 {"payment_record_refund", {{"payment_record", "pr_1"}, {"refund_group", "rg_1"}}},
                 {"amount_refunded", 200}}}},
              {"out_of_band_amount", 150}});
    REQUIRE(mixed.refunds_size() == 3);
    CHECK(mixed.refunds(0).refund_id() == "re_1");
    CHECK(mixed.refunds(0).amount_minor() == 300);
    CHECK(mixed.refunds(1).refund_id() == "re_2");
    CHECK(mixed.refunds(2).type() == "payment_record_refund");
    CHECK(mixed.refunds(2).refund_id().empty());
    CHECK(mixed.refunds(2).amount_minor() == 200);
    CHECK(mixed.out_of_band_minor() == 150);
    // Before basil there is one at most, and its amount is not told.
    const auto old = note({{"refund", "re_3"}, {"out_of_band_amount", nullptr}});
    REQUIRE(old.refunds_size() == 1);
    CHECK(old.refunds(0).type() == "refund");
    CHECK(old.refunds(0).refund_id() == "re_3");
    CHECK(old.refunds(0).amount_minor() == 0);
    CHECK(note({{"refund", nullptr}, {"refunds", json::array()}}).refunds_size() == 0);
    CHECK(problem_of("credit_note.created", with(kCreditNote, {{"out_of_band_amount", -1}})) ==
          "data.object.out_of_band_amount is negative");
    CHECK(problem_of("credit_note.created", with(kCreditNote, {{"refunds", {{{"amount_refunded", 0.5}}}}})) ==
          "data.object.refunds.amount_refunded is no integer of 64 bits");
}

TEST_CASE("what may be absent is absent, and what is not known is kept") {
    const auto open =
        read("invoice_payment.paid", with(kInvoicePayment, {{"amount_paid", nullptr}, {"status", "half_way"}}));
    CHECK(open.payment_fact().amount_minor() == 0);
    CHECK(open.payment_fact().status() == "half_way");
    CHECK(read("refund.created", with(kRefund, {{"status", nullptr}})).payment_fact().status().empty());
    auto without_kind = kRefund;
    without_kind.erase("object");
    CHECK(read("refund.created", without_kind).payment_fact().kind() == PaymentFact::REFUND);
}

TEST_CASE("an object that is not what its event's type promises says nothing") {
    for (const auto& [type, object] : {std::pair<std::string, json::object>{"charge.refunded", kRefund},
                                       {"refund.created", kCharge},
                                       {"customer.updated", kCharge},
                                       {"customer.subscription.updated", {{"id", "sub_1"}, {"object", "subscription"}}},
                                       {"customer.created.twice", {{"id", "cus_1"}, {"object", "customer"}}}}) {
        const auto event = read(type, object);
        CHECK_FALSE(event.has_payment_fact());
        CHECK_FALSE(event.has_stripe_customer());
        CHECK(event.problem().empty());
        CHECK_FALSE(event.payload().empty());
    }
}

TEST_CASE("a fact that cannot be read is a problem that does not quote it") {
    CHECK(problem_of("charge.refunded", nullptr) == "data.object is missing");
    CHECK(problem_of("customer.updated", "cus_1") == "data.object is missing");
    CHECK(problem_of("charge.refunded", with(kCharge, {{"amount_refunded", nullptr}})) ==
          "data.object.amount_refunded is missing");
    CHECK(problem_of("charge.refunded", with(kCharge, {{"amount_refunded", -1}})) ==
          "data.object.amount_refunded is negative");
    CHECK(problem_of("refund.created", with(kRefund, {{"amount", "400"}})) ==
          "data.object.amount is no integer of 64 bits");
    CHECK(problem_of("refund.created", with(kRefund, {{"amount", 4.5}})) ==
          "data.object.amount is no integer of 64 bits");
    CHECK(problem_of("refund.created", with(kRefund, {{"id", nullptr}})) == "data.object.id is missing or no text");
    CHECK(problem_of("refund.created", with(kRefund, {{"currency", 7}})) ==
          "data.object.currency is missing or no text");
    CHECK(problem_of("charge.dispute.closed", with(kDispute, {{"status", nullptr}})) ==
          "data.object.status is missing or no text");
    CHECK(problem_of("credit_note.created", with(kCreditNote, {{"invoice", nullptr}})) ==
          "data.object.invoice is missing");
    CHECK(problem_of("invoice_payment.paid", with(kInvoicePayment, {{"invoice", json::object()}})) ==
          "data.object.invoice is missing");
    CHECK(problem_of("invoice_payment.paid", with(kInvoicePayment, {{"status", ""}})) ==
          "data.object.status is missing or no text");
    const std::string long_id(256, 'x');
    CHECK(problem_of("refund.created", with(kRefund, {{"charge", long_id}})) ==
          "data.object.charge is longer than 255 bytes");
    CHECK(problem_of("customer.updated", {{"id", long_id}, {"object", "customer"}}) ==
          "data.object.id is longer than 255 bytes");
}

TEST_CASE("a customer's name and metadata are read, and only what is ours of it") {
    const json::object customer{
        {"id", "cus_1"},
        {"object", "customer"},
        {"name", "Ada"},
        {"metadata", {{"team_id", "64b7f0c2a1d3e4f5a6b7c8d9"}, {"user_id", "64b7f0c2a1d3e4f5a6b7c8da"}}}};
    for (const std::string type : {"customer.created", "customer.updated", "customer.deleted"}) {
        const auto event = read(type, customer);
        REQUIRE(event.has_stripe_customer());
        CHECK_FALSE(event.has_payment_fact());
        CHECK(event.stripe_customer().stripe_customer_id() == "cus_1");
        CHECK(event.stripe_customer().name() == "Ada");
        CHECK(event.stripe_customer().team_id() == "64b7f0c2a1d3e4f5a6b7c8d9");
        CHECK(event.stripe_customer().user_id() == "64b7f0c2a1d3e4f5a6b7c8da");
        CHECK(event.stripe_customer().deleted() == (type == "customer.deleted"));
    }
    for (const std::string foreign : {"", "64b7f0c2a1d3e4f5a6b7c8d", "64b7f0c2a1d3e4f5a6b7c8d9a",
                                      "64B7F0C2A1D3E4F5A6B7C8D9", "zzzzzzzzzzzzzzzzzzzzzzzz"})
        CHECK(read("customer.updated", with(customer, {{"metadata", {{"team_id", foreign}}}}))
                  .stripe_customer()
                  .team_id()
                  .empty());
    const auto lean = read("customer.deleted", {{"id", "cus_1"}, {"object", "customer"}, {"deleted", true}});
    CHECK(lean.stripe_customer().deleted());
    CHECK(lean.stripe_customer().name().empty());
}

TEST_CASE("a changed customer tells what it was before") {
    const std::string team(24, 'a');
    const std::string user(24, 'b');
    const json::object customer{
        {"id", "cus_1"}, {"object", "customer"}, {"name", "Ada"}, {"metadata", {{"team_id", team}, {"user_id", user}}}};
    const auto before = [&](const json::value& previous, const std::string& type = "customer.updated") {
        const json::object body{{"id", "evt_1"},
                                {"object", "event"},
                                {"created", 1'699'283'264},
                                {"data", {{"object", customer}, {"previous_attributes", previous}}},
                                {"type", type}};
        const auto result = stripe::read_event(json::serialize(body));
        REQUIRE(result.has_value());
        REQUIRE(result->event.has_stripe_customer());
        CHECK(result->event.stripe_customer().name() == "Ada");
        return result->event.stripe_customer();
    };
    const auto was = [&](const json::value& previous) {
        const auto said = before(previous);
        REQUIRE(said.has_previous());
        const auto& old = said.previous();
        return old.name() + "/" + old.user_id() + "/" + old.team_id();
    };
    const auto other = std::string(24, 'c');
    CHECK(was(json::object()) == "Ada/" + user + "/" + team);
    CHECK(was({{"email", "old@example.com"}}) == "Ada/" + user + "/" + team);
    CHECK(was({{"name", "Grace"}}) == "Grace/" + user + "/" + team);
    CHECK(was({{"name", nullptr}}) == "/" + user + "/" + team);
    CHECK(was({{"metadata", {{"team_id", other}}}}) == "Ada/" + user + "/" + other);
    CHECK(was({{"metadata", {{"team_id", nullptr}, {"other", "x"}}}}) == "Ada/" + user + "/");
    CHECK(was({{"metadata", {{"user_id", "none of ours"}}}}) == "Ada//" + team);
    CHECK(was({{"metadata", nullptr}}) == "Ada//");
    CHECK_FALSE(before(nullptr).has_previous());
    CHECK_FALSE(before("broken").has_previous());
    CHECK_FALSE(before({{"name", "Grace"}}, "customer.created").has_previous());
}

TEST_CASE("an element of a list of events is read as the same event's webhook is") {
    for (const std::string file : {"charge_refunded_basil.json", "invoice_paid.json", "customer_updated.json"}) {
        const auto body = quittance::test::fixture(file);
        auto webhook = stripe::read_event(body);
        const auto element = quittance::test::fixture_json(file);
        auto listed = stripe::read_event(element.as_object());
        REQUIRE(webhook.has_value());
        REQUIRE(listed.has_value());
        CHECK(json::parse(listed->event.payload()) == element);
        const auto replayed = stripe::read_event(listed->event.payload());
        REQUIRE(replayed.has_value());
        CHECK(replayed->event.ShortDebugString() == listed->event.ShortDebugString());
        webhook->event.clear_payload();
        listed->event.clear_payload();
        CHECK(webhook->event.ShortDebugString() == listed->event.ShortDebugString());
    }
    CHECK(stripe::read_event(json::object{{"object", "invoice"}}).has_error());
}
