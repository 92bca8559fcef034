// The status machine of an invoice: each call from each status, its events and its refusals (stripe/REFERENCE.md 2.1).
#include "emulator.hpp"

using namespace quittance::stripe_emulator::test;
using Types = std::vector<std::string>;

namespace {

struct Stage {
    Emulator emulator;
    std::string customer = emulator.customer();
    std::string card = emulator.card(customer);

    // An invoice over 3300 in that status.
    std::string invoice(const std::string& status) {
        if (status == "draft") {
            const auto id = emulator.draft(customer);
            emulator.line(id, 3300);
            return id;
        }
        const auto id = emulator.open(customer, 3300);
        if (status == "paid")
            REQUIRE(emulator.post("/v1/invoices/" + id + "/pay", "payment_method=" + card).status == 200);
        if (status == "void") REQUIRE(emulator.post("/v1/invoices/" + id + "/void").status == 200);
        if (status == "uncollectible")
            REQUIRE(emulator.post("/v1/invoices/" + id + "/mark_uncollectible").status == 200);
        REQUIRE(emulator.get("/v1/invoices/" + id).text("status") == status);
        return id;
    }
    Reply step(const std::string& id, const std::string& action) {
        if (action == "delete") return emulator.call("DELETE", "/v1/invoices/" + id);
        return emulator.post("/v1/invoices/" + id + "/" + action, action == "pay" ? "payment_method=" + card : "");
    }
};

}  // namespace

TEST_CASE("every step from every status") {
    struct Row {
        const char* from;
        const char* action;
        int status;
        const char* outcome;  // the new status, or the message
    };
    const Row rows[] = {
        {"draft", "finalize", 200, "open"},
        {"draft", "pay", 200, "paid"},
        {"draft", "void", 400, "You can only pass in open invoices. This invoice isn't open."},
        {"draft", "mark_uncollectible", 400, "You can only pass in open invoices. This invoice isn't open."},
        {"draft", "delete", 200, "gone"},
        {"open", "finalize", 400, "This invoice is already finalized, you can't re-finalize a non-draft invoice."},
        {"open", "pay", 200, "paid"},
        {"open", "void", 200, "void"},
        {"open", "mark_uncollectible", 200, "uncollectible"},
        {"open", "delete", 400, "You can only delete draft invoices."},
        {"paid", "finalize", 400, "This invoice is already finalized, you can't re-finalize a non-draft invoice."},
        {"paid", "pay", 400, "Invoice is already paid"},
        {"paid", "void", 400, "Invoices with `paid` payments cannot be voided."},
        {"paid", "mark_uncollectible", 400, "You can only pass in open invoices. This invoice isn't open."},
        {"paid", "delete", 400, "You can only delete draft invoices."},
        {"uncollectible", "pay", 200, "paid"},
        {"uncollectible", "void", 200, "void"},
        {"uncollectible", "mark_uncollectible", 400, "This invoice has already been marked uncollectible."},
        {"void", "pay", 400, "Invoice is void and can no longer be paid."},
        {"void", "void", 400, "You can only pass in open invoices. This invoice isn't open."},
        {"void", "mark_uncollectible", 400, "You can only pass in open invoices. This invoice isn't open."},
        {"void", "delete", 400, "You can only delete draft invoices."},
    };
    for (const auto& row : rows) {
        INFO(row.from << " " << row.action);
        Stage stage;
        const auto id = stage.invoice(row.from);
        const auto reply = stage.step(id, row.action);
        CHECK(reply.status == row.status);
        const auto after = stage.emulator.get("/v1/invoices/" + id);
        if (reply.status != 200) {
            CHECK(reply.error_text("message") == row.outcome);
            CHECK(after.text("status") == row.from);
        } else if (std::string(row.outcome) == "gone") {
            CHECK(reply.object().at("deleted") == true);
            CHECK(after.status == 404);
        } else {
            CHECK(reply.text("status") == row.outcome);
            CHECK(after.body == reply.body);
        }
    }
}

TEST_CASE("the events of each step") {
    Stage stage;
    auto& emulator = stage.emulator;
    const auto first = emulator.events();
    const auto id = emulator.draft(stage.customer);
    emulator.line(id, 3300);
    CHECK(emulator.event_types_since(first) == Types{"invoice.created", "invoiceitem.created", "invoice.updated"});

    auto mark = emulator.events();
    stage.step(id, "finalize");
    CHECK(emulator.event_types_since(mark) == Types{"payment_intent.created", "invoice.finalized", "invoice.updated"});

    mark = emulator.events();
    stage.step(id, "pay");
    CHECK(emulator.event_types_since(mark) == Types{"charge.succeeded", "payment_intent.succeeded", "invoice.updated",
                                                    "invoice.payment_succeeded", "invoice.paid"});

    const auto other = stage.invoice("open");
    mark = emulator.events();
    stage.step(other, "mark_uncollectible");
    stage.step(other, "void");
    CHECK(emulator.event_types_since(mark) == Types{"invoice.updated", "invoice.marked_uncollectible",
                                                    "payment_intent.canceled", "invoice.updated", "invoice.voided"});

    const auto doomed = stage.invoice("draft");
    mark = emulator.events();
    stage.step(doomed, "delete");
    CHECK(emulator.event_types_since(mark) == Types{"invoice.deleted"});
    const auto event = emulator.get("/v1/events", "limit=1").object().at("data").as_array()[0].as_object();
    const auto& object = event.at("data").as_object().at("object").as_object();
    CHECK(object.at("status") == "deleted");
    CHECK(object.at("amount_due") == 0);
    CHECK(object.at("total") == 3300);
}

TEST_CASE("an update that changes nothing tells nobody") {
    Stage stage;
    auto& emulator = stage.emulator;
    const auto id = stage.invoice("draft");
    REQUIRE(emulator.post("/v1/invoices/" + id, "description=One").status == 200);
    const auto mark = emulator.events();
    REQUIRE(emulator.post("/v1/invoices/" + id, "description=One").status == 200);
    CHECK(emulator.events() == mark);
    REQUIRE(emulator.post("/v1/invoices/" + id, "description=Two").status == 200);
    CHECK(emulator.event_types_since(mark) == Types{"invoice.updated"});
    const auto event = emulator.get("/v1/events", "limit=1").object().at("data").as_array()[0].as_object();
    CHECK(event.at("data").as_object().at("previous_attributes") == json::parse(R"({"description":"One"})"));
}

TEST_CASE("a declined card is a result with effects") {
    Stage stage;
    auto& emulator = stage.emulator;
    const auto broke = emulator.card(stage.customer, "pm_card_chargeDeclinedInsufficientFunds");
    const auto id = stage.invoice("open");
    const auto mark = emulator.events();
    const auto reply = emulator.post("/v1/invoices/" + id + "/pay", "payment_method=" + broke);
    CHECK(reply.status == 402);
    CHECK(reply.error_text("type") == "card_error");
    CHECK(reply.error_text("code") == "card_declined");
    CHECK(reply.error_text("decline_code") == "insufficient_funds");
    CHECK(reply.header("Stripe-Should-Retry") == "false");
    CHECK(emulator.event_types_since(mark) ==
          Types{"charge.failed", "payment_intent.payment_failed", "invoice.payment_failed", "invoice.updated"});
    auto invoice = emulator.get("/v1/invoices/" + id);
    CHECK(invoice.text("status") == "open");
    CHECK(invoice.object().at("attempted") == true);
    CHECK(invoice.integer("attempt_count") == 1);
    CHECK(invoice.text("charge") == reply.error_text("charge"));
    // A client's further tries do not count.
    REQUIRE(emulator.post("/v1/invoices/" + id + "/pay", "payment_method=" + broke).status == 402);
    REQUIRE(emulator.post("/v1/invoices/" + id + "/pay", "payment_method=" + stage.card).status == 200);
    invoice = emulator.get("/v1/invoices/" + id);
    CHECK(invoice.text("status") == "paid");
    CHECK(invoice.integer("attempt_count") == 1);
}

TEST_CASE("a card that wants authentication leaves the invoice open") {
    Stage stage;
    auto& emulator = stage.emulator;
    const auto careful = emulator.card(stage.customer, "pm_card_threeDSecure2Required");
    const auto id = stage.invoice("draft");
    const auto reply = emulator.post("/v1/invoices/" + id + "/pay", "payment_method=" + careful);
    CHECK(reply.status == 402);
    CHECK(reply.error_text("code") == "invoice_payment_intent_requires_action");
    CHECK(reply.error_text("type") == "card_error");
    const auto types = emulator.event_types();
    CHECK(std::find(types.begin(), types.end(), "invoice.payment_action_required") != types.end());
    const auto invoice = emulator.get("/v1/invoices/" + id, "expand[]=payment_intent");
    CHECK(invoice.text("status") == "open");
    CHECK(invoice.object().at("payment_intent").as_object().at("status") == "requires_action");
}

TEST_CASE("without a payment method there is nothing to charge") {
    Emulator emulator;
    const auto customer = emulator.customer();
    const auto id = emulator.open(customer, 3300);
    const auto reply = emulator.post("/v1/invoices/" + id + "/pay");
    CHECK(reply.status == 400);
    CHECK(reply.error_text("code") == "resource_missing");
    const auto foreign = emulator.card(emulator.customer());
    CHECK(emulator.post("/v1/invoices/" + id + "/pay", "payment_method=" + foreign).error_text("param") ==
          "payment_method");
    // The customer's default is used, and the invoice's before it.
    const auto card = emulator.card(customer);
    REQUIRE(emulator.post("/v1/customers/" + customer, "invoice_settings[default_payment_method]=" + card).status ==
            200);
    CHECK(emulator.post("/v1/invoices/" + id + "/pay").text("status") == "paid");
}

TEST_CASE("money from outside") {
    for (const std::string from : {"open", "uncollectible"}) {
        Stage stage;
        const auto id = stage.invoice(from);
        const auto reply = stage.emulator.post("/v1/invoices/" + id + "/pay", "paid_out_of_band=true");
        CHECK(reply.text("status") == "paid");
        CHECK(reply.object().at("paid_out_of_band") == true);
        CHECK(reply.object().at("attempted") == false);
        CHECK(reply.integer("amount_paid") == 0);
        stage.emulator.version = "2025-03-31.basil";
        CHECK(stage.emulator.get("/v1/invoices/" + id).integer("amount_paid") == 3300);
    }
}

TEST_CASE("sending") {
    Stage stage;
    auto& emulator = stage.emulator;
    CHECK(emulator.post("/v1/invoices", "customer=" + stage.customer + "&collection_method=send_invoice").status ==
          400);
    const auto id = emulator.draft(stage.customer, "&collection_method=send_invoice&days_until_due=7");
    emulator.line(id, 3300);
    const auto reply = emulator.post("/v1/invoices/" + id + "/send");
    CHECK(reply.text("status") == "open");
    CHECK(reply.integer("due_date") == kStart + 7 * 86'400);
    CHECK(emulator.event_types().back() == "invoice.sent");
    CHECK(emulator.post("/v1/invoices/" + stage.invoice("draft") + "/send").status == 400);
}

TEST_CASE("editing after finalisation") {
    Stage stage;
    const auto id = stage.invoice("open");
    auto reply = stage.emulator.post("/v1/invoices/" + id, "description=New");
    CHECK(reply.status == 400);
    CHECK(reply.error_text("message") == "Finalized invoices can't be updated in this way");
    CHECK(reply.error_text("param") == "description");
    CHECK(stage.emulator.post("/v1/invoices/" + id, "metadata[a]=b").status == 200);
    reply = stage.emulator.post("/v1/invoices/" + id + "/add_lines", "lines[0][amount]=5");
    CHECK(reply.error_text("code") == "invoice_not_editable");
}
