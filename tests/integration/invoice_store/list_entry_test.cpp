// List entries say what the columns say, whatever is in them and whoever changed them.
#include "invoice_store/list_entry.hpp"

#include <catch2/catch.hpp>
#include <chrono>
#include <limits>
#include <random>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "integration/invoice_store/store_database.hpp"
#include "integration/invoice_store/store_server.hpp"
#include "invoice_store/batch.hpp"
#include "invoice_store/invoice_table.hpp"
#include "invoice_store/list_batch.hpp"
#include "invoice_store/list_entry_keeper.hpp"
#include "invoice_store/listing.hpp"
#include "invoice_store/service.hpp"
#include "invoice_store/snapshot.hpp"
#include "support/read_through.hpp"
#include "unit/invoice_store/generated_events.hpp"

using namespace quittance;
using namespace std::chrono_literals;

namespace {

v1::ListInvoicesRequest rich_list() {
    v1::ListInvoicesRequest request;
    request.set_view(v1::VIEW_BILLING);
    request.set_page_size(100);
    return request;
}

// What VIEW_BILLING promises of the lines, and no more than that.
v1::Invoice with_promised_lines(v1::Invoice invoice) {
    for (auto& line : *invoice.mutable_lines()) {
        v1::InvoiceLine promised;
        if (line.kind() == "subscription" || !line.subscription_item_id().empty()) {
            promised = line;
            promised.clear_product_id();
            promised.clear_quantity();
            promised.clear_proration();
            promised.clear_period_start();
            promised.clear_period_end();
            promised.clear_metadata();
        } else if (line.invoice_item_id().empty()) {
            promised.set_id(line.id());
        } else {
            promised.set_invoice_item_id(line.invoice_item_id());
        }
        line = promised;
    }
    return invoice;
}

class Table {
  public:
    Table() : connection_(database_.connect()) {
        invoice_store::prepare_batches(*connection_);
        invoice_store::prepare_reads(*connection_);
    }

    void write(const v1::InvoiceEvent& event) {
        pqxx::work transaction(*connection_);
        invoice_store::InvoiceCounts counts(0);
        invoice_store::write_invoices(transaction, {invoice_store::snapshot_of(event)}, counts);
        transaction.commit();
    }

    // The invoices of a list as it is answered, alone and among others, which must be the same; and the ids of those
    // that had to be read by columns.
    std::vector<v1::Invoice> listed(invoice_store::WithoutEntry* without_entry = nullptr) {
        const auto request = rich_list();
        const auto alone = invoice_store::list_invoices(*connection_, request, without_entry);
        REQUIRE(alone.has_value());
        auto serialised = request;
        serialised.set_serialised(true);
        std::vector<v1::ListInvoicesResponse> lists(3);
        const auto statuses = invoice_store::list_together(*connection_, {&request, &serialised, &serialised},
                                                           {&lists[0], &lists[1], &lists[2]});
        lists.push_back(*invoice_store::list_invoices(*connection_, serialised));
        for (std::size_t i = 0; i < lists.size(); ++i) {
            if (i < statuses.size()) CHECK(statuses[i].ok());
            if (i > 0) CHECK(lists[i].invoices().empty());
            CHECK(test::read_through(lists[i]).DebugString() == alone->DebugString());
        }
        return {alone->invoices().begin(), alone->invoices().end()};
    }

    std::vector<v1::Invoice> listed_by_columns() {
        v1::ListInvoicesResponse list;
        invoice_store::read_list_by_columns(*connection_, rich_list(), "", list, nullptr);
        return {list.invoices().begin(), list.invoices().end()};
    }

    void check_that_entries_say_what_columns_say() {
        invoice_store::WithoutEntry without_entry;
        const auto by_entry = listed(&without_entry);
        CHECK(without_entry.empty());
        const auto by_columns = listed_by_columns();
        REQUIRE(by_entry.size() == by_columns.size());
        for (std::size_t i = 0; i < by_entry.size(); ++i)
            CHECK(by_entry[i].DebugString() == with_promised_lines(by_columns[i]).DebugString());
    }

    // Writes the entries that are missing, and no other: those that are there say what the columns say.
    std::size_t fill_missing() {
        std::vector<std::string> ids;
        for (const auto& invoice : listed_by_columns()) ids.push_back(invoice.id());
        const auto missing = database_.value("SELECT count(*) FROM invoices WHERE list_entry IS NULL AND NOT deleted");
        const auto filled = invoice_store::fill_list_entries(*connection_, ids);
        CHECK(std::to_string(filled) == missing);
        return filled;
    }

    std::string entries() { return database_.value("SELECT count(list_entry) FROM invoices"); }

    test::StoreDatabase& database() { return database_; }
    const test::StoreDatabase& database() const { return database_; }
    pqxx::connection& connection() { return *connection_; }

  private:
    test::StoreDatabase database_;
    std::unique_ptr<pqxx::connection> connection_;
};

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
    Table table;
    Contents contents(20'261'122);
    for (int i = 0; i < 100; ++i) table.write(contents.event(i));
    CHECK(table.entries() == "100");
    table.check_that_entries_say_what_columns_say();
}

TEST_CASE("entries follow the snapshot that stands, and not the one that came last") {
    Table table;
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

TEST_CASE("who changes a row without its entry takes the entry away") {
    Table table;
    auto event = test::make_event("evt_1", "open", 1, "in_1");
    auto& line = *event.mutable_invoice()->add_lines();
    line.set_id("il_1");
    line.set_kind("subscription");
    table.write(event);
    REQUIRE(table.entries() == "1");

    SECTION("each column that it shows") {
        for (const std::string change :
             {"id = repeat('a', 24)",
              "stripe_invoice_id = 'in_2'",
              "account = 'other'",
              "livemode = NOT livemode",
              "stripe_customer_id = 'cus_other'",
              "status = 'paid'",
              "currency = 'usd'",
              "amount_minor = 1",
              "amount_paid_minor = 1",
              "subtotal_minor = 1",
              "tax_minor = 1",
              "attempt_count = attempt_count + 1",
              "last_payment_attempt_time = now()",
              "invoice_pdf_url = 'https://other'",
              "subscription_id = 'sub_1'",
              "create_time = now()",
              "update_time = update_time + interval '1 s'",
              "period_start = now()",
              "period_end = now()",
              "lines = '[{\"id\": \"il_2\", \"kind\": \"subscription\", \"amount_minor\": 7}]'",
              "lines_complete = NOT lines_complete"}) {
            INFO(change);
            invoice_store::fill_list_entries(table.connection(), {table.listed_by_columns().front().id()});
            REQUIRE(table.entries() == "1");
            table.check_that_entries_say_what_columns_say();
            table.database().run("UPDATE invoices SET " + change);
            CHECK(table.entries() == "0");
            invoice_store::WithoutEntry without_entry;
            const auto listed = table.listed(&without_entry);
            CHECK(without_entry == std::vector<std::string>{listed.front().id()});
            CHECK(listed.front().DebugString() == table.listed_by_columns().front().DebugString());
        }
    }
    SECTION("what is not in it leaves it there") {
        table.database().run(
            "UPDATE invoices SET team_id = repeat('a', 24), user_id = repeat('b', 24), user_name = 'Grace',"
            " description = 'other', refetch_needed = true, stored_at = now()");
        CHECK(table.entries() == "1");
        table.check_that_entries_say_what_columns_say();
    }
}

TEST_CASE("an entry stands only where the row says all of what its snapshot says") {
    Table table;
    auto first = test::make_event("evt_1", "open", 1'000, "in_1");
    first.mutable_invoice()->set_attempt_count(3);
    first.mutable_invoice()->mutable_last_payment_attempt_time()->set_seconds(1'700'000'900);
    table.write(first);
    REQUIRE(table.entries() == "1");
    // It wins by its rank, and agrees with the row but for what the section says.
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
        CHECK(table.entries() == "0");
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
    CHECK(table.listed().front().DebugString() == with_promised_lines(table.listed_by_columns().front()).DebugString());
    table.fill_missing();
    table.check_that_entries_say_what_columns_say();
}

TEST_CASE("an entry goes where a snapshot that does not stand raises what it says") {
    Table table;
    table.write(test::make_event("evt_1", "paid", 1'000, "in_1"));
    auto late = test::make_event("evt_2", "open", 1'001, "in_1");
    SECTION("attempts") {
        late.mutable_invoice()->set_attempt_count(9);
    }
    SECTION("the time of the newest event") {}
    table.write(late);
    CHECK(table.entries() == "0");
    CHECK(table.listed().front().status() == "paid");
    CHECK(table.fill_missing() == 1);
    table.check_that_entries_say_what_columns_say();
}

TEST_CASE("a store that knows no entries may write beside one that does") {
    Table table;
    // Its statement is the present one without the entry.
    const auto write_as_before = [&table](const v1::InvoiceEvent& event) {
        const auto snapshot = invoice_store::snapshot_of(event);
        std::string names;
        std::string values;
        std::string updates;
        std::vector<std::string> parameters;
        postgres::ArrayLiteral literal;
        for (const auto& column : invoice_store::invoice_columns()) {
            const std::string name = column.name;
            if (name == "list_entry") continue;
            column.add(literal, snapshot);
            parameters.push_back(literal.take());
            const auto number = std::to_string(parameters.size());
            names += (names.empty() ? "" : ", ") + name;
            values += std::string(values.empty() ? "" : ", ") + "($" + number + "::" + column.type + "[])[1]";
            updates += std::string(updates.empty() ? "" : ", ") + name + " = excluded." + name;
        }
        pqxx::work transaction(table.connection());
        transaction.exec_params("INSERT INTO invoices (" + names + ") VALUES (" + values +
                                    ") ON CONFLICT (stripe_invoice_id, account, livemode) DO UPDATE SET " + updates,
                                pqxx::prepare::make_dynamic_params(parameters));
        transaction.commit();
    };
    write_as_before(test::make_event("evt_1", "draft", 1, "in_1"));
    CHECK(table.entries() == "0");
    CHECK(table.listed().front().status() == "draft");
    table.write(test::make_event("evt_2", "open", 2, "in_1"));
    CHECK(table.entries() == "1");
    CHECK(table.listed().front().status() == "open");
    write_as_before(test::make_event("evt_3", "paid", 3, "in_1"));
    CHECK(table.entries() == "0");
    CHECK(table.listed().front().status() == "paid");
    table.write(test::make_event("evt_4", "open", 4, "in_1"));  // below the row
    CHECK(table.listed().front().status() == "paid");
    CHECK(invoice_store::fill_list_entries(table.connection(), {table.listed().front().id()}) == 1);
    table.check_that_entries_say_what_columns_say();
}

TEST_CASE("entries that are missing are written once lists have missed them") {
    test::StoreDatabase database;
    test::StoreServer server{database.url()};
    test::StoreClient client{server.stub()};
    std::vector<v1::InvoiceEvent> events;
    for (int i = 0; i < 150; ++i)
        events.push_back(test::make_event("evt_" + std::to_string(i), "open", 1, "in_" + std::to_string(i)));
    client.apply(events);
    database.run("UPDATE invoices SET list_entry = NULL WHERE stripe_invoice_id <> 'in_7'");
    const auto before = database.value("SELECT string_agg(stored_at::text, ',' ORDER BY id) FROM invoices");
    const auto missing = [&database] {
        return database.value("SELECT count(*) FROM invoices WHERE list_entry IS NULL");
    };
    REQUIRE(missing() == "149");

    // A page, alone and among others, and the next one.
    v1::BatchListInvoicesRequest request;
    *request.add_requests() = rich_list();
    *request.add_requests() = rich_list();
    v1::BatchListInvoicesResponse response;
    REQUIRE(client.call(&v1::InvoiceStore::Stub::BatchListInvoices, request, response).ok());
    REQUIRE(response.results_size() == 2);
    CHECK(response.results(1).list().invoices_size() == 100);
    auto next = rich_list();
    next.set_page_token(response.results(0).list().next_page_token());
    v1::ListInvoicesResponse rest;
    REQUIRE(client.call(&v1::InvoiceStore::Stub::ListInvoices, next, rest).ok());
    CHECK(rest.invoices_size() == 50);

    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (missing() != "0" && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(20ms);
    CHECK(missing() == "0");
    // It is no write of an invoice: nothing that tells of one has changed.
    CHECK(database.value("SELECT string_agg(stored_at::text, ',' ORDER BY id) FROM invoices") == before);
    CHECK(database.value("SELECT count(*) FROM invoice_changes") == "150");
    v1::ListInvoicesResponse again;
    REQUIRE(client.call(&v1::InvoiceStore::Stub::ListInvoices, next, again).ok());
    CHECK(again.DebugString() == rest.DebugString());
}

TEST_CASE("an entry that is damaged or of a version before is none, and is written anew") {
    Table table;
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
        invoice_store::WithoutEntry without_entry;
        CHECK(table.listed(&without_entry).front().status() == "open");
        REQUIRE(without_entry.size() == 1);
        CHECK(invoice_store::fill_list_entries(table.connection(), without_entry) == 1);
        table.check_that_entries_say_what_columns_say();
    }
}

TEST_CASE("an entry of a version to come is none, and is left alone") {
    Table table;
    table.write(test::make_event("evt_1", "open", 1, "in_1"));
    table.database().run("UPDATE invoices SET list_entry = overlay(list_entry PLACING 'C' FROM 1)");
    const auto id = table.listed().front().id();
    CHECK(table.listed().front().status() == "open");
    CHECK(invoice_store::fill_list_entries(table.connection(), {id}) == 0);
    CHECK(table.database().value("SELECT left(list_entry, 1) FROM invoices") == "C");
}

TEST_CASE("the trigger looks at every column that an entry shows") {
    const Table table;
    const auto trigger = table.database().value(
        "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = 'invoices_forget_list_entry'");
    std::string shown(invoice_store::select_list(v1::VIEW_BILLING));
    shown.resize(shown.find('('));  // the settlement
    int columns = 0;
    for (const auto& column : invoice_store::invoice_columns()) {
        if (shown.find(std::string("i.") + column.name + ",") == std::string::npos) continue;
        INFO(column.name);
        CHECK(trigger.find(std::string("new.") + column.name) != std::string::npos);
        CHECK(trigger.find(std::string("old.") + column.name) != std::string::npos);
        ++columns;
    }
    CHECK(columns == 21);
}

TEST_CASE("filling gives up soon, and changes nothing then") {
    Table table;
    table.write(test::make_event("evt_1", "open", 1, "in_1"));
    table.database().run(
        "UPDATE invoices SET list_entry = NULL;"
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(20); RETURN NEW; END';"
        "CREATE TRIGGER slow BEFORE UPDATE ON invoices FOR EACH ROW EXECUTE FUNCTION slow()");
    const auto id = table.listed().front().id();
    CHECK_THROWS_AS(invoice_store::fill_list_entries(table.connection(), {id}), pqxx::sql_error);
    CHECK(table.entries() == "0");
    table.database().run("DROP TRIGGER slow ON invoices");
    CHECK(invoice_store::fill_list_entries(table.connection(), {id}) == 1);  // the connection is as it was
}

TEST_CASE("an entry is not written over a row that somebody else is writing") {
    Table table;
    table.write(test::make_event("evt_1", "open", 1, "in_1"));
    table.database().run("UPDATE invoices SET list_entry = NULL");
    const auto id = table.listed().front().id();
    const auto other = table.database().connect();
    {
        pqxx::work writing(*other);
        writing.exec0("UPDATE invoices SET status = 'paid'");
        CHECK(invoice_store::fill_list_entries(table.connection(), {id}) == 0);
        writing.commit();
    }
    CHECK(table.listed().front().status() == "paid");
    CHECK(invoice_store::fill_list_entries(table.connection(), {id, "ffffffffffffffffffffffff"}) == 1);
    CHECK(invoice_store::fill_list_entries(table.connection(), {id}) == 0);
    table.check_that_entries_say_what_columns_say();
}

TEST_CASE("what became of the money is in a list by entries") {
    Table table;
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

TEST_CASE("an entry that is written later holds nothing of the settlement") {
    Table table;
    auto event = test::make_event("evt_1", "paid", 1, "in_1");
    event.mutable_invoice()->set_amount_paid_minor(3'300);
    table.write(event);
    const auto written = table.database().value("SELECT list_entry FROM invoices");
    table.database().run(
        "UPDATE invoices SET list_entry = NULL;"
        "INSERT INTO settlements (stripe_invoice_id, account, livemode, amount_refunded_minor, amount_disputed_minor,"
        " dispute_open, dispute_lost, update_time) VALUES ('in_1', 'default', false, 3300, 0, false, false, now())");
    CHECK(table.fill_missing() == 1);
    CHECK(table.database().value("SELECT list_entry FROM invoices") == written);
    table.check_that_entries_say_what_columns_say();
    // As where a payment turns out to be another invoice's.
    table.database().run("DELETE FROM settlements");
    CHECK(table.listed().front().settlement() == "settled");
    table.check_that_entries_say_what_columns_say();
}
