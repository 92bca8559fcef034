// List entries say what the columns say, whatever is in them.
#include "invoice_store/invoices/list_projection.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "integration/invoice_store/lists/listed_table.hpp"
#include "unit/invoice_store/generated_events.hpp"

using namespace quittance;

namespace {

// Contents that a form of writing may stumble over.
class Contents {
  public:
    explicit Contents(std::uint32_t seed) : random_(seed) {}

    std::string text() {
        static const std::vector<std::string> stock = {"",
                                                       "a",
                                                       "in_1",
                                                       "Zażółć gęślą jaźń",
                                                       "\xF0\x9F\x92\xB6 paid",
                                                       "\"quoted\" \\ {a,b}",
                                                       "\x7F\x01\n",
                                                       "\xC2\x80",
                                                       std::string("a\0b\0", 4),
                                                       std::string(128, 'x'),
                                                       std::string(300, '\\'),
                                                       "NULL"};
        return stock[random_() % stock.size()];
    }
    std::int64_t number() {
        static const std::vector<std::int64_t> stock = {0,
                                                        1,
                                                        -1,
                                                        127,
                                                        128,
                                                        255,
                                                        256,
                                                        16'384,
                                                        3'300,
                                                        999'999'999'999,
                                                        -1'000'000,
                                                        std::numeric_limits<std::int64_t>::max(),
                                                        std::numeric_limits<std::int64_t>::min()};
        return stock[random_() % stock.size()];
    }
    bool coin() { return random_() % 2 == 0; }
    void time(google::protobuf::Timestamp* time) {
        time->set_seconds(static_cast<std::int64_t>(random_() % 4'000'000'000));
        if (coin()) time->set_nanos(static_cast<std::int32_t>(random_() % 1'000'000'000));
    }

    v1::InvoiceEvent event(int number_of_it) {
        static const std::vector<std::string> statuses = {"draft", "open", "paid", "void", "uncollectible", "new"};
        const auto name = std::to_string(number_of_it);
        auto event = test::make_event("evt_" + name, statuses[random_() % statuses.size()], 1, "in_" + name);
        event.set_livemode(coin());
        auto& invoice = *event.mutable_invoice();
        invoice.set_stripe_customer_id(text());
        invoice.set_currency(text());
        invoice.set_amount_due_minor(number());
        invoice.set_amount_paid_minor(number());
        invoice.set_subtotal_minor(number());
        invoice.set_tax_minor(number());
        invoice.set_attempt_count(static_cast<std::int64_t>(random_() % 300));
        invoice.set_invoice_pdf_url(text());
        invoice.set_subscription_id(text());
        invoice.mutable_create_time()->set_seconds(static_cast<std::int64_t>(random_() % 4'000'000'000));
        invoice.mutable_create_time()->set_nanos(999'999'999);
        if (coin()) time(invoice.mutable_last_payment_attempt_time());
        if (coin()) time(invoice.mutable_period_start());
        if (coin()) time(invoice.mutable_period_end());
        invoice.set_lines_complete(coin());
        for (auto lines = random_() % 4; lines > 0; --lines) add_line(invoice);
        return event;
    }

  private:
    void add_line(v1::Invoice& invoice) {
        static const std::vector<std::string> kinds = {"invoiceitem", "subscription", "", "of_tomorrow"};
        auto& line = *invoice.add_lines();
        line.set_kind(kinds[random_() % kinds.size()]);
        line.set_id(text());
        line.set_invoice_item_id(text());
        line.set_subscription_id(text());
        line.set_subscription_item_id(text());
        line.set_price_id(text());
        line.set_product_id(text());
        line.set_description(text());
        line.set_amount_minor(number());
        line.set_currency(text());
        line.set_quantity(number());
        line.set_proration(coin());
        if (coin()) time(line.mutable_period_start());
        if (coin()) (*line.mutable_metadata())["of"] = text();
    }

    std::mt19937 random_;
};

}  // namespace

TEST_CASE("a list by entries is the list by columns, whatever the invoices hold") {
    test::ListedTable table;
    Contents contents(20'261'122);
    for (int i = 0; i < 100; ++i) table.write(contents.event(i));
    CHECK(table.entries() == "100");
    table.check_that_entries_say_what_columns_say();
}

TEST_CASE("entries follow the snapshot that stands, and not the one that came last") {
    test::ListedTable table;
    test::EventGenerator events(7);
    std::size_t filled = 0;
    for (int i = 0; i < 200; ++i) {
        auto event = events.next("in_" + std::to_string(i % 9));
        auto& invoice = *event.mutable_invoice();
        invoice.set_amount_due_minor(static_cast<std::int64_t>(events.below(3)));
        invoice.set_invoice_pdf_url("https://pay.example/" + event.event_id());
        invoice.add_lines()->set_invoice_item_id("ii_" + event.event_id());
        invoice.set_attempt_count(static_cast<std::int64_t>(events.below(4)));
        table.write(event);
        filled += table.fill_missing();
        table.check_that_entries_say_what_columns_say();
    }
    CHECK(filled > 0);
    CHECK(filled < 100);
}

TEST_CASE("an entry stands only where the row says all of what its snapshot says") {
    test::ListedTable table;
    auto first = test::make_event("evt_1", "draft", 1'000, "in_1");
    first.mutable_invoice()->set_attempt_count(3);
    first.mutable_invoice()->mutable_last_payment_attempt_time()->set_seconds(1'700'000'900);
    table.write(first);
    REQUIRE(table.entries() == "1");
    // It wins by its stage, and agrees with the row but for what the section says.
    auto second = first;
    second.set_event_id("evt_2");
    second.mutable_invoice()->set_status("paid");

    SECTION("in all") {
        table.write(second);
        CHECK(table.entries() == "1");
    }
    SECTION("attempts are fewer than the row's") {
        second.mutable_invoice()->set_attempt_count(2);
        table.write(second);
        CHECK(table.entries() == "1");
    }
    SECTION("attempts are more") {
        second.mutable_invoice()->set_attempt_count(4);
        table.write(second);
        CHECK(table.entries() == "1");
    }
    SECTION("it knows no attempt's time") {
        second.mutable_invoice()->clear_last_payment_attempt_time();
        table.write(second);
        CHECK(table.entries() == "0");
    }
    SECTION("the row has heard of a later event") {
        second.mutable_event_time()->set_seconds(first.event_time().seconds() - 1);
        table.write(second);
        CHECK(table.entries() == "0");
    }
    SECTION("the row was made with another creation time, and another id") {
        second.mutable_invoice()->mutable_create_time()->set_seconds(1'600'000'000);
        table.write(second);
        CHECK(table.entries() == "0");
    }
    CHECK(table.listed().front().status() == "paid");
    CHECK(table.listed().front().DebugString() ==
          test::with_promised_lines(table.listed_by_columns().front()).DebugString());
    table.fill_missing();
    table.check_that_entries_say_what_columns_say();
}

TEST_CASE("an entry goes where a snapshot that does not stand raises what it says") {
    test::ListedTable table;
    table.write(test::make_event("evt_1", "paid", 1'000, "in_1"));
    auto late = test::make_event("evt_2", "draft", 1'001, "in_1");
    SECTION("the time of the last attempt") {
        late.mutable_invoice()->set_attempt_count(9);
        late.mutable_invoice()->mutable_last_payment_attempt_time()->set_seconds(1'700'000'900);
    }
    SECTION("the time of the newest event") {}
    table.write(late);
    CHECK(table.entries() == "0");
    CHECK(table.listed().front().status() == "paid");
    CHECK(table.fill_missing() == 1);
    table.check_that_entries_say_what_columns_say();
}

TEST_CASE("an entry that is damaged or of a version before is none, and is written anew") {
    test::ListedTable table;
    auto event = test::make_event("evt_1", "open", 1, "in_1");
    event.mutable_invoice()->set_invoice_pdf_url("https://pay.example/\xC3\xA9");
    table.write(event);
    for (const std::string damaged :
         {"''", "'B'", "'B0000000'", "'B00000000'", "'B' || chr(18) || chr(127)",
          "overlay(list_entry PLACING '@' FROM 1)", "overlay(list_entry PLACING 'A' FROM 1)",
          "overlay(list_entry PLACING '0' FROM 2)", "overlay(list_entry PLACING 'x' FROM 15)", "list_entry || ' '",
          "left(list_entry, -1)", "left(list_entry, 20)"}) {
        INFO(damaged);
        table.database().run("UPDATE invoices SET list_entry = " + damaged);
        std::vector<std::string> missing;
        CHECK(table.listed(&missing).front().status() == "open");
        REQUIRE(missing.size() == 1);
        CHECK(table.fill(missing) == 1);
        table.check_that_entries_say_what_columns_say();
    }
}

TEST_CASE("an entry of a version to come is none, and is left alone") {
    test::ListedTable table;
    table.write(test::make_event("evt_1", "open", 1, "in_1"));
    table.database().run("UPDATE invoices SET list_entry = overlay(list_entry PLACING 'C' FROM 1)");
    const auto id = table.listed().front().id();
    CHECK(table.listed().front().status() == "open");
    CHECK(table.fill({id}) == 0);
    CHECK(table.database().value("SELECT left(list_entry, 1) FROM invoices") == "C");
}

TEST_CASE("what became of the money is in a list by entries") {
    test::ListedTable table;
    auto event = test::make_event("evt_1", "paid", 1, "in_1");
    event.mutable_invoice()->set_amount_paid_minor(3'300);
    table.write(event);
    CHECK(table.listed().front().settlement() == "settled");
    for (const auto& [refunded, lost, word] : std::vector<std::tuple<int, bool, std::string>>{
             {1'000, false, "partially_refunded"}, {3'300, false, "refunded"}, {0, true, "charged_back"}}) {
        table.database().run(
            "INSERT INTO settlements (stripe_invoice_id, account, livemode, amount_refunded_minor,"
            " amount_disputed_minor, dispute_open, dispute_lost, update_time) VALUES ('in_1', 'default', false, " +
            std::to_string(refunded) + ", 0, false, " + (lost ? "true" : "false") +
            ", now()) ON CONFLICT (stripe_invoice_id, account, livemode) DO UPDATE SET"
            " (amount_refunded_minor, dispute_lost) = (excluded.amount_refunded_minor, excluded.dispute_lost)");
        CHECK(table.listed().front().settlement() == word);
        CHECK(table.listed().front().amount_refunded_minor() == refunded);
        table.check_that_entries_say_what_columns_say();
    }
}
