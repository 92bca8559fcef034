// The store behind PgBouncer in transaction mode: everything that it does with the database, from its migrations on,
// while no transaction knows which session it gets.
#include "integration/pgbouncer/pgbouncer.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

#include "integration/invoice_store/changes/watching.hpp"
#include "integration/invoice_store/store_server.hpp"
#include "integration/invoice_store/trouble/ledger.hpp"
#include "postgres/connection.hpp"
#include "postgres/statements.hpp"
#include "support/patience.hpp"
#include "unit/invoice_store/generated_events.hpp"

using namespace quittance;
using namespace quittance::test;
using namespace std::chrono_literals;
using Outcome = v1::EventOutcome;

namespace {

constexpr const char* kSettings = "SET jit = off; SET statement_timeout = 60000; SET enable_bitmapscan = off";

class PooledStore {
  public:
    explicit PooledStore(const std::string& url)
        : process_({our_program("quittance-invoice-store"),
                    {},
                    {{"DATABASE_URL", url},
                     {"DATABASE_POOLER", "transaction"},
                     {"STATEMENT_TIMEOUT_MS", "60000"},
                     {"DRAIN_SECONDS", "90"},
                     {"INVOICE_STORE_LISTEN", "127.0.0.1:0"},
                     {"METRICS_LISTEN", "127.0.0.1:0"}}}) {
        process_.wait_until_ready();
    }

    std::unique_ptr<v1::InvoiceStore::Stub> stub() const {
        return v1::InvoiceStore::NewStub(
            grpc::CreateChannel(process_.address("INVOICE_STORE_LISTEN"), grpc::InsecureChannelCredentials()));
    }
    StoreClient client() const { return StoreClient(stub()); }
    bool becomes_ready() const {
        const Sender operations("http://" + process_.address("METRICS_LISTEN"));
        return eventually([&] { return operations.request("GET", "/readyz").status == 200; });
    }
    std::string log() const { return process_.log(); }

  private:
    Process process_;
};

std::string value_at(const PostgresServer& server, const std::string& sql) {
    pqxx::connection connection(server.url());
    pqxx::nontransaction session(connection);
    return session.exec1(sql)[0].as<std::string>("");
}

// Empty where the call fails.
v1::ListInvoicesResponse list(StoreClient& client, const v1::ListInvoicesRequest& request) {
    v1::ListInvoicesResponse response;
    if (!client.call(&v1::InvoiceStore::Stub::ListInvoices, request, response).ok()) response.Clear();
    return response;
}

// Every kind of read, once. What failed, in words, for threads of a test: Catch's assertions are its main thread's.
std::string read_everything(const PooledStore& store, int round) {
    std::string failures;
    const auto expect = [&failures](bool holds, const char* what) {
        if (!holds) failures += std::string(what) + "; ";
    };
    auto client = store.client();
    v1::GetInvoiceRequest get;
    get.set_id("in_pooled_1");
    get.set_view(round % 2 == 0 ? v1::VIEW_BASIC : v1::VIEW_FULL);
    v1::Invoice invoice;
    expect(client.get(get, invoice).ok(), "get");
    v1::ListInvoicesRequest request;
    request.mutable_scope()->set_all_teams(true);
    request.set_page_size(round % 2 == 0 ? 10 : 7);
    request.set_with_total(true);
    request.set_page(2);
    expect(list(client, request).invoices_size() > 0, "page");
    request.mutable_filter()->set_status("paid");
    expect(list(client, request).total_size() > 0, "total of a status");
    request.mutable_filter()->mutable_created_from()->set_seconds(1);
    expect(list(client, request).total_size() > 0, "total since");
    v1::ListEventsResponse events;
    expect(client.call(&v1::InvoiceStore::Stub::ListEvents, {}, events).ok(), "events");
    v1::FindByCreationKeyRequest find;
    find.set_idempotency_key("nobody's");
    const auto found = client.call(&v1::InvoiceStore::Stub::FindByCreationKey, find, invoice);
    expect(found.error_code() == grpc::StatusCode::NOT_FOUND, "creation key");
    return failures;
}

}  // namespace

TEST_CASE("behind PgBouncer in transaction mode: migrations, events, every read, registrations, watchers") {
    PostgresServer server;
    PgBouncer pooler(server, {.session_settings = kSettings});
    const PooledStore store(pooler.url());
    CHECK(store.log().find("lack") == std::string::npos);
    CHECK(store.becomes_ready());
    const auto stub = store.stub();
    Watching watching(*stub, {});
    REQUIRE(watching.next());

    Ledger ledger("pooled");
    std::atomic<int> refused{0};
    std::vector<std::string> failures(4);
    std::vector<std::thread> callers;
    for (std::size_t caller = 0; caller < failures.size(); ++caller)
        callers.emplace_back([&] {
            auto client = store.client();
            for (int i = 0; i < 30; ++i) refused += ledger.call(client) == grpc::StatusCode::OK ? 0 : 1;
        });
    for (auto& caller : callers) caller.join();
    CHECK(refused == 0);
    callers.clear();
    for (auto& own : failures)
        callers.emplace_back([&store, &own] {
            for (int round = 0; round < 10; ++round) own += read_everything(store, round);
        });
    for (auto& caller : callers) caller.join();
    for (const auto& own : failures) CHECK(own.empty());
    for (int i = 0; i < 120; ++i) REQUIRE(watching.change());

    auto client = store.client();
    v1::RegisterCustomerRequest registration;
    auto& customer = *registration.mutable_customer();
    customer.set_stripe_customer_id("cus_test");
    customer.mutable_user()->set_id(std::string(24, 'c'));
    customer.mutable_user()->set_name("Ada");
    customer.set_team_id(std::string(24, 'd'));
    v1::Customer registered;
    CHECK(client.call(&v1::InvoiceStore::Stub::RegisterCustomer, registration, registered).ok());
    v1::ListInvoicesRequest of_team;
    of_team.mutable_scope()->add_team_ids(customer.team_id());
    of_team.set_with_total(true);
    CHECK(list(client, of_team).total_size() == 120);
    CHECK(ledger.is_exact(server.url()));
    // No lock has stayed with a session.
    CHECK(eventually(
        [&] { return value_at(server, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == "0"; }));
}

TEST_CASE("two stores that migrate at once through PgBouncer") {
    PostgresServer server;
    PgBouncer pooler(server, {.session_settings = kSettings});
    const PooledStore first(pooler.url());
    const PooledStore second(pooler.url());
    CHECK(first.becomes_ready());
    CHECK(second.becomes_ready());
}

TEST_CASE("PgBouncer dies, then the server behind it: nothing is lost, and nobody starts the store again") {
    PostgresServer server;
    PgBouncer pooler(server, {.session_settings = kSettings});
    const PooledStore store(pooler.url());
    Ledger ledger("pooler_gone");
    auto client = store.client();
    REQUIRE(ledger.call(client) == grpc::StatusCode::OK);
    pooler.kill();
    CHECK(ledger.call(client) == grpc::StatusCode::UNAVAILABLE);
    pooler.start();
    CHECK(eventually([&] { return ledger.call(client) == grpc::StatusCode::OK; }));
    server.stop();
    client.patience = 20s;
    CHECK(ledger.call(client) != grpc::StatusCode::OK);
    server.start();
    CHECK(eventually([&] { return ledger.call(client) == grpc::StatusCode::OK; }));
    REQUIRE(ledger.settle(client));
    CHECK(ledger.is_exact(server.url()));
}

TEST_CASE("a pooler whose sessions lack our settings is told of in the log") {
    PostgresServer server;
    PgBouncer pooler(server);
    const PooledStore store(pooler.url());
    CHECK(eventually([&] { return store.log().find("the pooler's sessions lack settings") != std::string::npos; }));
}
