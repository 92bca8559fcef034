// From an event to a row's contents: identity, owner, amount, and what makes two events say the same.
#include "invoice_store/invoices/snapshot.hpp"

#include <catch2/catch.hpp>

#include "invoice_store/invoices/invoice_id.hpp"
#include "unit/invoice_store/generated_events.hpp"

using namespace quittance;
using invoice_store::content_hash;
using invoice_store::content_problem;
using invoice_store::invoice_id;
using invoice_store::snapshot_of;
using test::make_event;

TEST_CASE("an id is 24 hex digits that sort by creation time and depend on the whole identity") {
    const auto id = invoice_id("default", true, "in_1", 0x65490130);
    CHECK(id.size() == 24);
    CHECK(id.substr(0, 8) == "65490130");
    CHECK(id == invoice_id("default", true, "in_1", 0x65490130));
    CHECK(id != invoice_id("default", false, "in_1", 0x65490130));
    CHECK(id != invoice_id("other", true, "in_1", 0x65490130));
    CHECK(id != invoice_id("default", true, "in_2", 0x65490130));
    CHECK(invoice_id("a", true, "in_1", 9) < invoice_id("a", true, "in_1", 10));
    CHECK(invoice_id("a", true, "in_1", 0xffffffff).substr(0, 8) == "ffffffff");
}

TEST_CASE("the envelope says whose account and mode it is") {
    auto event = make_event("evt_1", "open", 0);
    event.set_account("berlin");
    event.set_livemode(true);
    event.mutable_invoice()->set_account("forged");
    event.mutable_invoice()->set_id("forged");
    event.mutable_invoice()->set_team_id("forged");
    event.mutable_invoice()->mutable_provenance()->set_refetch_needed(true);
    const auto snapshot = snapshot_of(event);
    CHECK(snapshot.account() == "berlin");
    CHECK(snapshot.livemode());
    CHECK(snapshot.id() == invoice_id("berlin", true, "in_test", test::kCreateSecond));
    CHECK(snapshot.team_id().empty());
    CHECK_FALSE(snapshot.provenance().refetch_needed());
}

TEST_CASE("metadata say whose it is, where they hold an id") {
    auto event = make_event("evt_1", "open", 0);
    auto& metadata = *event.mutable_invoice()->mutable_metadata();
    metadata["team_id"] = "65490130ff600e06af2a9694";
    metadata["user_id"] = "not an id";
    const auto snapshot = snapshot_of(event);
    CHECK(snapshot.team_id() == "65490130ff600e06af2a9694");
    CHECK(snapshot.user().id().empty());
    CHECK(snapshot.user().name() == "Ada");
}

TEST_CASE("the contract's amount") {
    struct Case {
        const char* status;
        bool out_of_band;
        std::int64_t paid;
        std::int64_t amount;
    };
    const auto example =
        GENERATE(Case{"open", false, 0, 3'300}, Case{"draft", false, 0, 3'300}, Case{"paid", false, 3'300, 3'300},
                 Case{"paid", false, 1'000, 1'000}, Case{"paid", true, 1'500, 1'500}, Case{"void", false, 0, 3'300});
    auto event = make_event("evt_1", example.status, 0);
    event.mutable_invoice()->set_paid_out_of_band(example.out_of_band);
    event.mutable_invoice()->set_amount_paid_minor(example.paid);
    CHECK(snapshot_of(event).amount_minor() == example.amount);
}

TEST_CASE("two events say the same where only links or what the version decides differ") {
    auto event = make_event("evt_1", "open", 0);
    auto& invoice = *event.mutable_invoice();
    invoice.set_hosted_invoice_url("https://invoice.stripe.com/i/1");
    for (int i = 0; i < 10; ++i) invoice.add_lines()->set_id("il_" + std::to_string(i));
    (*invoice.mutable_metadata())["b"] = "2";
    (*invoice.mutable_metadata())["a"] = "1";
    const auto same = content_hash(invoice);
    CHECK(same.size() == 16);

    SECTION("the same") {
        invoice.set_hosted_invoice_url("https://invoice.stripe.com/i/2");
        invoice.mutable_last_payment_attempt_time()->set_seconds(1);
        invoice.set_payment_intent_id("pi_1");
        invoice.set_amount_refunded_minor(5);
        invoice.add_lines()->set_id("il_10");
        invoice.set_lines_complete(true);
        invoice.set_line_count(11);
        CHECK(content_hash(invoice) == same);
    }
    SECTION("not the same: money") {
        invoice.set_total_minor(1);
        CHECK(content_hash(invoice) != same);
    }
    SECTION("not the same: the number of attempts") {
        invoice.set_attempt_count(4);
        CHECK(content_hash(invoice) != same);
    }
    SECTION("not the same: a line") {
        invoice.mutable_lines(3)->set_amount_minor(1);
        CHECK(content_hash(invoice) != same);
    }
    SECTION("not the same: metadata") {
        (*invoice.mutable_metadata())["a"] = "2";
        CHECK(content_hash(invoice) != same);
    }
    SECTION("not the same: a link where there was none") {
        invoice.set_invoice_pdf_url("https://pay.stripe.com/invoice/1/pdf");
        CHECK(content_hash(invoice) != same);
    }
}

TEST_CASE("a statement's time is cut to whole seconds for the order, and to what the database holds for the reader") {
    auto event = make_event("refetch_1", "open", 0);
    event.mutable_event_time()->set_nanos(123'456'789);
    const auto snapshot = snapshot_of(event);
    CHECK(snapshot.provenance().event_time().nanos() == 0);
    CHECK(snapshot.update_time().nanos() == 123'456'000);
}

TEST_CASE("what cannot be stored is told by a sentence") {
    auto event = make_event("evt_1", "open", 0);
    CHECK_FALSE(content_problem(event));
    auto& invoice = *event.mutable_invoice();
    SECTION("id") {
        invoice.clear_stripe_invoice_id();
    }
    SECTION("long id") {
        invoice.set_stripe_invoice_id(std::string(256, 'x'));
    }
    SECTION("creation time") {
        invoice.clear_create_time();
    }
    SECTION("creation time out of range") {
        invoice.mutable_create_time()->set_seconds(-1);
    }
    SECTION("status") {
        invoice.clear_status();
    }
    SECTION("attempts") {
        invoice.set_attempt_count(-1);
    }
    SECTION("credit notes") {
        invoice.set_pre_payment_credit_notes_minor(-1);
    }
    SECTION("a time out of range") {
        invoice.mutable_paid_time()->set_seconds(999'999'999'999);
    }
    SECTION("what the reader found") {
        event.set_problem("amount_due is no integer");
    }
    CHECK(content_problem(event));
}
