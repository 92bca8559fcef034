// Version 0.1.0 took Stripe's 404 for a deletion, and such a row was deleted for good. The migration finds these rows
// and has Stripe asked for them.
#include <catch2/catch.hpp>

#include "integration/invoice_store/store_database.hpp"
#include "integration/invoice_store/store_server.hpp"
#include "unit/invoice_store/generated_events.hpp"

using namespace quittance;

namespace {

// A database of version 0.1.0: the first nine migrations.
class OldDatabase {
  public:
    OldDatabase()
        : database_("old_store", [](pqxx::connection& connection) {
              postgres::migrate(connection, invoice_store::schema_migrations().first(9));
          }) {}

    const std::string& url() const { return url_; }

    void run(const std::string& sql) const {
        pqxx::connection connection(url_);
        pqxx::nontransaction(connection).exec0(sql);
    }
    std::string value(const std::string& sql) const {
        pqxx::connection connection(url_);
        return pqxx::nontransaction(connection).exec1(sql)[0].c_str();
    }
    void migrate() const {
        pqxx::connection connection(url_);
        postgres::migrate(connection, invoice_store::schema_migrations());
    }

    // A row as the old version left it, with the columns that it has no value for at their emptiest.
    void add_row(const std::string& stripe_id, const std::string& status, int rank, const std::string& event_id) const {
        const std::string columns =
            " FROM information_schema.columns WHERE table_name = 'invoices' AND is_generated = 'NEVER'";
        const auto names = value("SELECT string_agg(column_name, ', ' ORDER BY ordinal_position)" + columns);
        const auto empty = value(
            "SELECT jsonb_object_agg(column_name, CASE data_type WHEN 'bigint' THEN to_jsonb(0)"
            " WHEN 'smallint' THEN to_jsonb(0) WHEN 'boolean' THEN to_jsonb(false) WHEN 'jsonb' THEN '[]'::jsonb"
            " WHEN 'timestamp with time zone' THEN to_jsonb('2023-11-14T22:13:30Z'::text)"
            " WHEN 'bytea' THEN to_jsonb('\\x'::text) ELSE to_jsonb(''::text) END)" +
            columns + " AND is_nullable = 'NO'");
        run("INSERT INTO invoices (" + names + ") SELECT " + names + " FROM jsonb_populate_record(NULL::invoices, '" +
            empty + "'::jsonb || jsonb_build_object(" + "'id', lpad(to_hex(abs(hashtext('" + stripe_id +
            "'))), 24, '6'), 'account', 'default', " + "'stripe_invoice_id', '" + stripe_id + "', 'status', '" +
            status + "', 'rank', " + std::to_string(rank) + ", 'event_id', '" + event_id + "'))");
    }

  private:
    test::Database database_;
    const std::string url_ = postgres::with_parameter(database_.url(), "connect_timeout", "60");
};

}  // namespace

TEST_CASE("rows that an older version buried are found, asked for, and stand as Stripe's next statement says") {
    const OldDatabase database;
    database.add_row("in_buried", "deleted", 4, "refetch_in_buried_1");
    database.add_row("in_deleted", "deleted", 4, "evt_deleted");
    database.add_row("in_paid", "paid", 3, "refetch_in_paid_1");
    database.migrate();
    CHECK(database.value("SELECT string_agg(stripe_invoice_id || ' ' || reason, ',') FROM refetches") ==
          "in_buried buried");

    test::StoreServer server(database.url());
    test::StoreClient client(server.stub());
    const auto apply = [&](v1::InvoiceEvent event) {
        v1::ApplyInvoiceEventsRequest request;
        *request.add_events() = std::move(event);
        v1::ApplyInvoiceEventsResponse response;
        REQUIRE(client.call(&v1::InvoiceStore::Stub::ApplyInvoiceEvents, request, response).ok());
    };
    const auto status_of = [&](const std::string& id) {
        return database.value("SELECT status FROM invoices WHERE stripe_invoice_id = '" + id + "'");
    };

    SECTION("a later event brings it back") {
        apply(test::make_event("evt_1", "paid", 50, "in_buried"));
    }
    SECTION("an answer brings it back as a draft") {
        auto answer = test::make_event("refetch_1", "draft", 50, "in_buried");
        answer.set_source(v1::InvoiceEvent::SOURCE_REFETCH);
        apply(std::move(answer));
        CHECK(status_of("in_buried") == "draft");
    }
    CHECK(status_of("in_buried") != "deleted");
    CHECK(database.value("SELECT count(*) FROM refetches") == "0");
    apply(test::make_event("evt_2", "draft", 60, "in_deleted"));
    CHECK(status_of("in_deleted") == "deleted");
}
