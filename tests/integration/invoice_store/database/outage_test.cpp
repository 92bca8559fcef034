// The store while PostgreSQL is stopped and started again: refusals that say so, and no restart of ours.
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "integration/invoice_store/store_server.hpp"
#include "invoice_store/database/schema.hpp"
#include "postgres/connection.hpp"
#include "postgres/migrations.hpp"
#include "rpc/status.hpp"
#include "support/patience.hpp"
#include "support/postgres.hpp"
#include "unit/invoice_store/generated_events.hpp"

using namespace quittance;
using namespace std::chrono_literals;
using test::make_event;
using Outcome = v1::EventOutcome;

TEST_CASE("with the database down every call is UNAVAILABLE, and all works when it is back") {
    test::PostgresServer postgres;
    {
        const auto connection = postgres::connect(postgres.url(), 0ms);
        postgres::migrate(*connection, invoice_store::schema_migrations());
    }
    test::StoreServer server(postgres.url());
    test::StoreClient client(server.stub());
    v1::GetInvoiceRequest get;
    get.set_id("in_1");
    v1::Invoice invoice;
    REQUIRE(client.apply({make_event("evt_1", "open", 1, "in_1")}).second == std::vector{Outcome::APPLIED});
    REQUIRE(client.get(get, invoice).ok());

    for (int round = 0; round < 3; ++round) {
        postgres.stop();
        const auto name = "evt_paid_" + std::to_string(round);
        const std::vector<v1::InvoiceEvent> events = {make_event(name, "paid", 10 + round, "in_1")};
        const auto refused = client.apply(events).first;
        CHECK(refused.error_code() == grpc::StatusCode::UNAVAILABLE);
        CHECK(rpc::detail_of(refused).retry_after_ms() > 0);
        CHECK(client.get(get, invoice).error_code() == grpc::StatusCode::UNAVAILABLE);
        v1::ListInvoicesResponse page;
        CHECK(client.call(&v1::InvoiceStore::Stub::ListInvoices, {}, page).error_code() ==
              grpc::StatusCode::UNAVAILABLE);

        postgres.start();
        auto outcome = client.apply(events);
        CHECK(test::eventually([&] { return outcome.first.ok() || (outcome = client.apply(events)).first.ok(); }));
        CHECK(outcome.second == std::vector{Outcome::APPLIED});
        CHECK(test::eventually([&] { return client.get(get, invoice).ok(); }));
        CHECK(invoice.status() == "paid");
        CHECK(invoice.update_time().seconds() == test::kCreateSecond + 10 + round);
    }
}
