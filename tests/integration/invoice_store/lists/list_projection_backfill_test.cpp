// List entries that are missing are written later, out of the writers' way.
#include "invoice_store/lists/list_projection_backfill.hpp"

#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "integration/invoice_store/lists/listed_table.hpp"
#include "integration/invoice_store/store_server.hpp"
#include "support/patience.hpp"
#include "unit/invoice_store/generated_events.hpp"

using namespace quittance;
using namespace std::chrono_literals;

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
    *request.add_requests() = test::rich_list();
    *request.add_requests() = test::rich_list();
    v1::BatchListInvoicesResponse response;
    REQUIRE(client.call(&v1::InvoiceStore::Stub::BatchListInvoices, request, response).ok());
    REQUIRE(response.results_size() == 2);
    CHECK(response.results(1).list().invoices_size() == 100);
    auto next = test::rich_list();
    next.set_page_token(response.results(0).list().next_page_token());
    v1::ListInvoicesResponse rest;
    REQUIRE(client.call(&v1::InvoiceStore::Stub::ListInvoices, next, rest).ok());
    CHECK(rest.invoices_size() == 50);

    // A slow machine may not write them in the time that one try has: then the next list that misses them asks again.
    const bool written = test::eventually([&] {
        return test::eventually([&] { return missing() == "0"; }, 5s) ||
               !client.call(&v1::InvoiceStore::Stub::BatchListInvoices, request, response).ok() ||
               !client.call(&v1::InvoiceStore::Stub::ListInvoices, next, rest).ok();
    });
    CHECK(written);
    CHECK(missing() == "0");
    // It is no write of an invoice: nothing that tells of one has changed.
    CHECK(database.value("SELECT string_agg(stored_at::text, ',' ORDER BY id) FROM invoices") == before);
    CHECK(database.value("SELECT count(*) FROM invoice_changes") == "150");
    v1::ListInvoicesResponse again;
    REQUIRE(client.call(&v1::InvoiceStore::Stub::ListInvoices, next, again).ok());
    CHECK(again.DebugString() == rest.DebugString());
}

TEST_CASE("filling gives up soon, and changes nothing then") {
    test::ListedTable table;
    table.write(test::make_event("evt_1", "open", 1, "in_1"));
    table.database().run(
        "UPDATE invoices SET list_entry = NULL;"
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(20); RETURN NEW; END';"
        "CREATE TRIGGER slow BEFORE UPDATE ON invoices FOR EACH ROW EXECUTE FUNCTION slow()");
    const auto id = table.listed().front().id();
    CHECK_THROWS_AS(invoice_store::write_missing_projections(table.connection(), {id}), pqxx::sql_error);
    CHECK(table.entries() == "0");
    table.database().run("DROP TRIGGER slow ON invoices");
    CHECK(table.fill({id}) == 1);  // the connection is as it was
}

TEST_CASE("an entry is not written over a row that somebody else is writing") {
    test::ListedTable table;
    table.write(test::make_event("evt_1", "open", 1, "in_1"));
    table.database().run("UPDATE invoices SET list_entry = NULL");
    const auto id = table.listed().front().id();
    const auto other = table.database().connect();
    {
        pqxx::work writing(*other);
        writing.exec0("UPDATE invoices SET status = 'paid'");
        CHECK(table.fill({id}) == 0);
        writing.commit();
    }
    CHECK(table.listed().front().status() == "paid");
    CHECK(table.fill({id, "ffffffffffffffffffffffff"}) == 1);
    CHECK(table.fill({id}) == 0);
    table.check_that_entries_say_what_columns_say();
}

TEST_CASE("an entry that is written later holds nothing of the settlement") {
    test::ListedTable table;
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
