// Credit notes: lines, ways back, previews, and how they divide into before and after the payment.
#include "emulator.hpp"

using namespace quittance::stripe_emulator::test;

namespace {

struct Stage : Emulator {
    explicit Stage(std::string api_version = "2026-10-28.endive") : Emulator(std::move(api_version)) {}

    std::string payer = customer();
    std::string visa = card(payer);

    std::string paid(std::int64_t amount) {
        const auto id = open(payer, amount);
        REQUIRE(post("/v1/invoices/" + id + "/pay", "payment_method=" + visa).status == 200);
        return id;
    }
    std::string line_of(const std::string& id) {
        return account.items.find(account.invoices.find(id)->items.front())->line_id;
    }
    Reply credit(const std::string& id, const std::string& form) {
        return post("/v1/credit_notes", "invoice=" + id + form);
    }
};

}  // namespace

TEST_CASE("a credit note has the lines that were asked for, and their sum") {
    Stage stage;
    const auto id = stage.open(stage.payer, 3000);
    const auto line = stage.line_of(id);
    const std::string lines = "&lines[0][type]=invoice_line_item&lines[0][invoice_line_item]=" + line +
                              "&lines[0][amount]=400&lines[1][type]=custom_line_item&lines[1][description]=Sorry&"
                              "lines[1][unit_amount]=50&lines[1][quantity]=2";
    CHECK(stage.credit(id, lines + "&amount=600").error_text("param") == "amount");
    const auto preview = stage.get("/v1/credit_notes/preview", "invoice=" + id + lines);
    REQUIRE(preview.status == 200);
    CHECK(preview.integer("amount") == 500);
    CHECK(stage.get("/v1/credit_notes").object().at("data").as_array().empty());
    CHECK(stage.get("/v1/credit_notes/preview/lines", "invoice=" + id + lines).object().at("data").as_array().size() ==
          2);

    const auto note = stage.credit(id, lines);
    REQUIRE(note.status == 200);
    CHECK(note.integer("amount") == 500);
    CHECK(note.integer("pre_payment_amount") == 500);
    const auto& shown = note.object().at("lines").at("data").as_array();
    CHECK(shown[0].at("invoice_line_item") == json::value(line));
    CHECK(shown[0].at("amount") == 400);
    CHECK(shown[1].at("type") == "custom_line_item");
    CHECK(shown[1].at("amount") == 100);
    CHECK(stage.get("/v1/credit_notes/" + note.text("id") + "/lines").object().at("data").as_array().size() == 2);
    CHECK(stage.get("/v1/invoices/" + id).integer("amount_due") == 2500);
    const auto foreign = "&lines[0][type]=invoice_line_item&lines[0][amount]=1&lines[0][invoice_line_item]=il_nope";
    CHECK(stage.credit(id, foreign).error_text("param") == "lines[0][invoice_line_item]");
}

TEST_CASE("a credit note of a partly paid invoice is divided") {
    Stage stage;
    const auto id = stage.open(stage.payer, 3000);
    const auto intent =
        stage.post("/v1/payment_intents",
                   "currency=eur&amount=1000&confirm=true&payment_method=" + stage.visa + "&customer=" + stage.payer);
    stage.post("/v1/invoices/" + id + "/attach_payment", "payment_intent=" + intent.text("id"));
    CHECK(stage.credit(id, "&amount=2500").status == 400);
    const auto note = stage.credit(id, "&amount=2500&refund_amount=500");
    REQUIRE(note.status == 200);
    CHECK(note.text("type") == "mixed");
    CHECK(note.integer("pre_payment_amount") == 2000);
    CHECK(note.integer("post_payment_amount") == 500);
    REQUIRE(note.object().at("refunds").as_array().size() == 1);
    CHECK(note.object().at("refunds").as_array()[0].at("amount_refunded") == 500);
    const auto invoice = stage.get("/v1/invoices/" + id);
    CHECK(invoice.text("status") == "paid");
    CHECK(invoice.integer("amount_due") == 1000);
    CHECK(invoice.integer("pre_payment_credit_notes_amount") == 2000);
    CHECK(invoice.integer("post_payment_credit_notes_amount") == 500);
}

TEST_CASE("a credit note names refunds that exist") {
    Stage stage;
    const auto id = stage.paid(3000);
    const auto charge = *stage.account.invoices.find(id)->charge;
    const auto refund = stage.post("/v1/refunds", "charge=" + charge + "&amount=700").text("id");
    const auto note = stage.credit(
        id, "&amount=1000&out_of_band_amount=300&refunds[0][refund]=" + refund + "&refunds[0][amount_refunded]=700");
    REQUIRE(note.status == 200);
    CHECK(note.integer("out_of_band_amount") == 300);
    CHECK(note.object().at("refunds").as_array()[0].at("refund") == json::value(refund));
    CHECK(stage.get("/v1/charges/" + charge).integer("amount_refunded") == 700);
    CHECK(stage.credit(id, "&amount=700&refunds[0][refund]=re_nope").error_text("param") == "refunds[0][refund]");
    const auto updated = stage.post("/v1/credit_notes/" + note.text("id"), "memo=Changed");
    CHECK(updated.text("memo") == "Changed");
    CHECK(stage.event_types().back() == "credit_note.updated");
}

TEST_CASE("a credit note gives a payment record back") {
    Stage stage;
    const auto id = stage.open(stage.payer, 3000);
    const auto record =
        stage
            .post("/v1/payment_records/report_payment",
                  "amount_requested[value]=3000&amount_requested[currency]=eur&payment_method_details[type]=custom&"
                  "payment_method_details[custom][display_name]=Wire&initiated_at=1700000000&outcome=guaranteed&"
                  "guaranteed[guaranteed_at]=1700000001")
            .text("id");
    REQUIRE(stage.post("/v1/invoices/" + id + "/attach_payment", "payment_record=" + record).text("status") == "paid");
    const auto note = stage.credit(id,
                                   "&amount=1500&refunds[0][type]=payment_record_refund&refunds[0][amount_refunded]="
                                   "1500&refunds[0][payment_record_refund][refund_group]=rg_1&refunds[0][payment_"
                                   "record_refund][payment_record]=" +
                                       record);
    REQUIRE(note.status == 200);
    const auto& back = note.object().at("refunds").as_array()[0].as_object();
    CHECK(back.at("type") == "payment_record_refund");
    CHECK(back.at("payment_record_refund").at("payment_record") == json::value(record));
    CHECK(stage.get("/v1/invoices/" + id).integer("post_payment_credit_notes_amount") == 1500);
    CHECK(stage.credit(id, "&amount=100&refund_amount=100").error_text("param") == "refund_amount");
}
