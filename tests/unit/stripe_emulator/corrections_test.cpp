// Changes after the payment, or in place of a part of it: refunds, credit notes, disputes.
#include <algorithm>

#include "emulator.hpp"
#include "stripe_emulator/operations/shared_steps.hpp"

using namespace quittance::stripe_emulator::test;
using quittance::stripe_emulator::Cause;
using quittance::stripe_emulator::fail_refund;
using quittance::stripe_emulator::move_dispute;
using Types = std::vector<std::string>;

namespace {

struct Stage {
    explicit Stage(std::string version = "2023-10-16") : emulator(std::move(version)) {}

    Emulator emulator;
    std::string customer = emulator.customer();
    std::string card = emulator.card(customer);

    std::string paid(std::int64_t amount) {
        const auto id = emulator.open(customer, amount);
        REQUIRE(emulator.post("/v1/invoices/" + id + "/pay", "payment_method=" + card).status == 200);
        return id;
    }
    Reply invoice(const std::string& id) { return emulator.get("/v1/invoices/" + id); }
    std::string charge_of(const std::string& id) { return std::string(*emulator.account.invoices.find(id)->charge); }
    Reply refund(const std::string& form) { return emulator.post("/v1/refunds", form); }
    Reply credit(const std::string& id, const std::string& form) {
        return emulator.post("/v1/credit_notes", "invoice=" + id + form);
    }
    json::object dispute(const json::object& wish) {
        const auto moved = move_dispute(emulator.account, Cause{emulator.now, "", ""}, wish);
        REQUIRE(moved.has_value());
        return *moved;
    }
    // The data of the newest event of that type.
    json::object told(const std::string& type) {
        const auto list = emulator.get("/v1/events", "limit=1&type=" + type);
        REQUIRE(list.object().at("data").as_array().size() == 1);
        return list.object().at("data").as_array()[0].as_object().at("data").as_object();
    }
};

}  // namespace

TEST_CASE("a charge is refunded in parts until nothing is left") {
    Stage stage;
    const auto id = stage.paid(3300);
    const auto charge = stage.charge_of(id);
    const auto before = stage.emulator.events();
    const auto part = stage.refund("charge=" + charge + "&amount=1000&reason=requested_by_customer&metadata[a]=b");
    REQUIRE(part.status == 200);
    CHECK(part.text("object") == "refund");
    CHECK(part.integer("amount") == 1000);
    CHECK(part.text("status") == "succeeded");
    CHECK(part.text("charge") == charge);
    CHECK(part.object().at("metadata").at("a") == "b");
    CHECK(stage.emulator.event_types_since(before) == Types{"refund.created", "charge.refunded"});
    auto told = stage.told("charge.refunded");
    CHECK(told.at("object").at("amount_refunded") == 1000);
    CHECK(told.at("object").at("refunded") == false);
    CHECK(told.at("object").at("invoice") == json::value(id));
    CHECK(told.at("previous_attributes") == json::value(json::object{{"amount_refunded", 0}}));

    const auto intent = part.text("payment_intent");
    CHECK(stage.refund("charge=" + charge + "&amount=2301").error_text("param") == "amount");
    CHECK(stage.refund("payment_intent=" + intent).integer("amount") == 2300);
    told = stage.told("charge.refunded");
    CHECK(told.at("object").at("amount_refunded") == 3300);
    CHECK(told.at("object").at("refunded") == true);
    CHECK(stage.emulator.get("/v1/charges/" + charge).object().at("refunded") == true);
    CHECK(stage.refund("charge=" + charge).error_text("code") == "charge_already_refunded");
    CHECK(stage.invoice(id).text("status") == "paid");
    CHECK(stage.invoice(id).integer("amount_paid") == 3300);

    const auto list = stage.emulator.get("/v1/refunds", "charge=" + charge);
    REQUIRE(list.object().at("data").as_array().size() == 2);
    CHECK(list.object().at("data").as_array()[1].at("id") == json::value(part.text("id")));
    CHECK(stage.emulator.get("/v1/refunds", "charge=ch_other").object().at("data").as_array().empty());
    CHECK(stage.emulator.get("/v1/refunds/" + part.text("id")).integer("amount") == 1000);
}

TEST_CASE("a refund that cannot be is refused") {
    Stage stage;
    const auto id = stage.paid(500);
    const auto charge = stage.charge_of(id);
    CHECK(stage.refund("").error_text("code") == "parameter_missing");
    CHECK(stage.refund("charge=ch_nope").error_text("code") == "resource_missing");
    CHECK(stage.refund("payment_intent=pi_nope").error_text("code") == "resource_missing");
    CHECK(stage.refund("charge=" + charge + "&payment_intent=pi_1").error_text("code") == "parameters_exclusive");
    CHECK(stage.refund("charge=" + charge + "&amount=0").error_text("code") == "parameter_invalid_integer");
    CHECK(stage.refund("charge=" + charge + "&colour=red").error_text("code") == "parameter_unknown");
    CHECK(stage.refund("charge=" + charge + "&amount=1.5").error_text("code") == "parameter_invalid_integer");
    const auto open = stage.emulator.open(stage.customer, 500);
    const auto intent = std::string(stage.invoice(open).text("payment_intent"));
    CHECK(stage.refund("payment_intent=" + intent).error_text("param") == "payment_intent");
    CHECK(stage.emulator.get("/v1/refunds/re_nope").status == 404);
    stage.dispute({{"charge", charge}});
    CHECK(stage.refund("charge=" + charge).error_text("code") == "charge_disputed");
}

TEST_CASE("a refund that the bank sent back is taken off the charge") {
    Stage stage;
    const auto charge = stage.charge_of(stage.paid(900));
    const auto refund = stage.refund("charge=" + charge).text("id");
    const auto before = stage.emulator.events();
    const auto failed = fail_refund(stage.emulator.account, Cause{stage.emulator.now, "", ""}, refund);
    REQUIRE(failed.has_value());
    CHECK(failed->at("status") == "failed");
    CHECK(stage.emulator.event_types_since(before) ==
          Types{"charge.refund.updated", "refund.updated", "refund.failed"});
    CHECK(stage.emulator.get("/v1/charges/" + charge).integer("amount_refunded") == 0);
    CHECK(fail_refund(stage.emulator.account, Cause{stage.emulator.now, "", ""}, refund).has_error());
    CHECK(fail_refund(stage.emulator.account, Cause{stage.emulator.now, "", ""}, "re_nope").has_error());
}

TEST_CASE("a credit note before the payment lowers what is left to pay") {
    for (const std::string version : {"2023-10-16", "2025-03-31.basil"}) {
        Stage stage(version);
        const auto id = stage.emulator.open(stage.customer, 3300);
        const auto before = stage.emulator.events();
        const auto note = stage.credit(id, "&amount=1000&reason=order_change&memo=Sorry");
        REQUIRE(note.status == 200);
        CHECK(note.text("type") == "pre_payment");
        CHECK(note.text("status") == "issued");
        CHECK(note.text("number").ends_with("-0001-CN-01"));
        CHECK(note.object().contains("refund") == (version == "2023-10-16"));
        CHECK(note.object().contains("refunds") == (version != "2023-10-16"));
        CHECK(stage.emulator.event_types_since(before) == Types{"credit_note.created", "invoice.updated"});
        CHECK(stage.invoice(id).integer("amount_due") == 2300);
        CHECK(stage.invoice(id).integer("amount_remaining") == 2300);
        CHECK(stage.invoice(id).integer("pre_payment_credit_notes_amount") == 1000);
        CHECK(stage.credit(id, "&amount=2301").error_text("param") == "amount");

        REQUIRE(stage.emulator.post("/v1/invoices/" + id + "/pay", "payment_method=" + stage.card).status == 200);
        CHECK(stage.invoice(id).integer("amount_paid") == 2300);
        CHECK(stage.invoice(id).integer("amount_remaining") == 0);
        CHECK(stage.emulator.get("/v1/charges/" + stage.charge_of(id)).integer("amount") == 2300);
        CHECK(stage.emulator.post("/v1/credit_notes/" + note.text("id") + "/void").status == 400);
    }
}

TEST_CASE("a credit note over all that is left settles the invoice") {
    Stage stage;
    const auto id = stage.emulator.open(stage.customer, 800);
    const auto before = stage.emulator.events();
    REQUIRE(stage.credit(id, "&amount=800").status == 200);
    CHECK(stage.emulator.event_types_since(before) ==
          Types{"payment_intent.canceled", "credit_note.created", "invoice.updated", "invoice.paid"});
    const auto invoice = stage.invoice(id);
    CHECK(invoice.text("status") == "paid");
    CHECK(invoice.integer("amount_paid") == 0);
    CHECK(invoice.integer("amount_remaining") == 0);
}

TEST_CASE("a void credit note is as if it had never been") {
    Stage stage;
    const auto id = stage.emulator.open(stage.customer, 800);
    const auto note = stage.credit(id, "&amount=300").text("id");
    const auto before = stage.emulator.events();
    const auto voided = stage.emulator.post("/v1/credit_notes/" + note + "/void");
    REQUIRE(voided.status == 200);
    CHECK(voided.text("status") == "void");
    CHECK(stage.emulator.event_types_since(before) == Types{"credit_note.voided", "invoice.updated"});
    CHECK(stage.invoice(id).integer("amount_remaining") == 800);
    CHECK(stage.invoice(id).integer("pre_payment_credit_notes_amount") == 0);
    CHECK(stage.emulator.post("/v1/credit_notes/" + note + "/void").status == 400);
    CHECK(stage.emulator.post("/v1/credit_notes/cn_nope/void").status == 404);
    CHECK(stage.credit(id, "&amount=100").text("number").ends_with("-CN-02"));
}

TEST_CASE("a credit note after the payment gives back what it says, in the way it says") {
    Stage stage;
    const auto id = stage.paid(3300);
    CHECK(stage.credit(id, "&amount=1000").status == 400);
    const auto refunded = stage.credit(id, "&amount=1000&refund_amount=1000");
    REQUIRE(refunded.status == 200);
    CHECK(refunded.text("type") == "post_payment");
    CHECK(stage.emulator.get("/v1/refunds/" + refunded.text("refund")).integer("amount") == 1000);
    CHECK(stage.emulator.get("/v1/charges/" + stage.charge_of(id)).integer("amount_refunded") == 1000);
    CHECK(stage.emulator.post("/v1/credit_notes/" + refunded.text("id") + "/void").status == 400);

    const auto credited = stage.credit(id, "&amount=500&credit_amount=400&out_of_band_amount=100");
    REQUIRE(credited.status == 200);
    CHECK(stage.emulator.get("/v1/customers/" + stage.customer).integer("balance") == -400);
    CHECK(stage.invoice(id).integer("post_payment_credit_notes_amount") == 1500);
    CHECK(stage.invoice(id).integer("amount_paid") == 3300);
    CHECK(stage.credit(id, "&amount=1801&out_of_band_amount=1801").error_text("param") == "amount");
    REQUIRE(stage.emulator.post("/v1/credit_notes/" + credited.text("id") + "/void").status == 200);
    CHECK(stage.emulator.get("/v1/customers/" + stage.customer).integer("balance") == 0);
    CHECK(stage.invoice(id).integer("post_payment_credit_notes_amount") == 1000);

    const auto list = stage.emulator.get("/v1/credit_notes", "invoice=" + id);
    CHECK(list.object().at("data").as_array().size() == 2);
    CHECK(stage.emulator.get("/v1/credit_notes/" + refunded.text("id")).integer("total") == 1000);
    CHECK(stage.credit("in_nope", "&amount=1").error_text("code") == "resource_missing");
    CHECK(stage.credit(stage.emulator.draft(stage.customer), "&amount=1").status == 400);
    CHECK(stage.credit(id, "&amount=1&lines[0][amount]=1").error_text("param") == "lines[0][type]");
}

TEST_CASE("a dispute is opened, moved on and closed") {
    Stage stage;
    const auto id = stage.paid(3300);
    const auto before = stage.emulator.events();
    const auto opened = stage.dispute({{"invoice", id}, {"reason", "fraudulent"}});
    CHECK(opened.at("status") == "needs_response");
    CHECK(opened.at("amount") == 3300);
    CHECK(stage.emulator.get("/v1/charges/" + stage.charge_of(id)).object().at("disputed") == true);
    CHECK(stage.dispute({{"invoice", id}, {"status", "under_review"}}).at("id") == opened.at("id"));
    CHECK(stage.dispute({{"invoice", id}, {"status", "lost"}}).at("status") == "lost");
    CHECK(stage.emulator.event_types_since(before) == Types{"charge.dispute.created", "charge.dispute.funds_withdrawn",
                                                            "charge.dispute.updated", "charge.dispute.closed"});
    CHECK(stage.told("charge.dispute.created").at("object").at("status") == "needs_response");
    const std::string dispute_id(opened.at("id").as_string());
    CHECK(stage.emulator.get("/v1/disputes/" + dispute_id).text("status") == "lost");
    const auto of_charge = stage.emulator.get("/v1/disputes", "charge=" + stage.charge_of(id));
    CHECK(of_charge.object().at("data").as_array().size() == 1);
    CHECK(stage.emulator.get("/v1/disputes/dp_nope").status == 404);
}

TEST_CASE("a dispute that is won gives the money back, an inquiry never took it") {
    Stage stage;
    auto before = stage.emulator.events();
    stage.dispute({{"invoice", stage.paid(700)}, {"status", "won"}});
    auto types = stage.emulator.event_types_since(before);
    CHECK(Types(types.end() - 4, types.end()) == Types{"charge.dispute.created", "charge.dispute.funds_withdrawn",
                                                       "charge.dispute.closed", "charge.dispute.funds_reinstated"});
    stage.dispute({{"invoice", stage.paid(700)}, {"status", "warning_closed"}, {"amount", 200}});
    types = stage.emulator.event_types();
    CHECK(Types(types.end() - 2, types.end()) == Types{"charge.dispute.created", "charge.dispute.closed"});
    const auto refusal = [&](const json::object& wish) {
        return move_dispute(stage.emulator.account, Cause{stage.emulator.now, "", ""}, wish).has_error();
    };
    CHECK(refusal({}));
    CHECK(refusal({{"charge", "ch_nope"}}));
    CHECK(refusal({{"invoice", "in_nope"}}));
    CHECK(refusal({{"invoice", stage.emulator.open(stage.customer, 700)}}));
    CHECK(refusal({{"invoice", stage.paid(700)}, {"status", "golden"}}));
    CHECK(refusal({{"invoice", stage.paid(700)}, {"amount", 701}}));
}

TEST_CASE("a lost dispute is appealed, a prevented one moves no money, an inquiry may become a dispute") {
    Stage stage;
    const auto last = [&](std::size_t count) {
        const auto types = stage.emulator.event_types();
        return Types(types.end() - static_cast<std::ptrdiff_t>(count), types.end());
    };
    const auto appealed = stage.paid(700);
    const auto refused = move_dispute(stage.emulator.account, Cause{stage.emulator.now, "", ""},
                                      {{"invoice", appealed}, {"status", "appeal_needs_response"}});
    CHECK(refused.has_error());
    const auto id = stage.dispute({{"invoice", appealed}, {"status", "lost"}}).at("id");
    CHECK(stage.dispute({{"invoice", appealed}, {"status", "appeal_under_review"}}).at("id") == id);
    CHECK(last(1) == Types{"charge.dispute.updated"});
    CHECK(stage.emulator.get("/v1/charges/" + stage.charge_of(appealed)).object().at("disputed") == true);
    stage.dispute({{"invoice", appealed}, {"status", "won"}});
    CHECK(last(2) == Types{"charge.dispute.closed", "charge.dispute.funds_reinstated"});

    stage.dispute({{"invoice", stage.paid(700)}, {"status", "prevented"}});
    CHECK(last(2) == Types{"charge.dispute.created", "charge.dispute.closed"});

    const auto asked = stage.paid(700);
    stage.dispute({{"invoice", asked}, {"status", "warning_needs_response"}});
    stage.dispute({{"invoice", asked}, {"status", "needs_response"}});
    CHECK(last(2) == Types{"charge.dispute.updated", "charge.dispute.funds_withdrawn"});
}

TEST_CASE("events are shown for thirty days, also of a clock that was moved") {
    Stage stage;
    const auto id = stage.paid(700);
    const auto listed = [&] {
        return stage.emulator.get("/v1/events", "limit=100").object().at("data").as_array().size();
    };
    const auto before = listed();
    const auto event = stage.emulator.account.events.rows().front().id;
    REQUIRE(before > 5);
    constexpr std::int64_t kDayMs = 86'400'000;
    stage.emulator.now.schedule_ms += 29 * kDayMs;
    stage.emulator.now.advanced_ms += 29 * kDayMs;
    stage.refund("charge=" + stage.charge_of(id));
    CHECK(listed() == before + 2);
    stage.emulator.now.schedule_ms += 2 * kDayMs;
    stage.emulator.now.advanced_ms += 2 * kDayMs;
    CHECK(listed() == 2);
    CHECK(stage.emulator.get("/v1/events/" + event).status == 404);
}

TEST_CASE("payments of invoices are found by invoice and by payment intent") {
    Stage stage;
    stage.emulator.version = "2025-03-31.basil";
    const auto id = stage.paid(700);
    stage.paid(800);
    const auto& row = *stage.emulator.account.invoices.find(id);
    const auto found = [&](const std::string& form) {
        return stage.emulator.get("/v1/invoice_payments", form).object().at("data").as_array().size();
    };
    CHECK(found("") == 2);
    CHECK(found("invoice=" + id) == 1);
    CHECK(found("payment[type]=payment_intent&payment[payment_intent]=" + *row.payment_intent) == 1);
    CHECK(found("payment[type]=payment_record&payment[payment_record]=pr_1") == 0);
    CHECK(stage.emulator.get("/v1/invoice_payments", "payment[payment_intent]=pi_1").status == 400);
}
