// Reads of a replica that is behind: what it shows, who sees through to the primary, and when it is left alone.
#include <catch2/catch.hpp>
#include <string>

#include "integration/invoice_store/changes/watching.hpp"
#include "integration/invoice_store/trouble/ledger.hpp"
#include "integration/replica/replicated_stack.hpp"
#include "support/patience.hpp"
#include "unit/invoice_store/generated_events.hpp"

using namespace quittance;
using namespace quittance::test;

namespace {

constexpr const char* kTeam = "5f0000000000000000000001";
constexpr const char* kCustomer = R"({"user":{"_id":"5f0000000000000000000002","name":"Ada"},"team":")";

std::string of_team() {
    return std::string("/admin/api/invoices?team=") + kTeam;
}

bool has_one(const Answer& answer) {
    return answer.status == 200 && answer.body.find("\"count\":1") != std::string::npos;
}

std::string header_of(const Answer& answer, const std::string& name) {
    const auto* value = http::find_header(answer.headers, name);
    return value == nullptr ? std::string() : *value;
}

grpc::StatusCode code_of(StoreClient& client, const std::string& id, const std::string& read_after) {
    v1::GetInvoiceRequest request;
    request.set_id(id);
    request.set_read_after(read_after);
    v1::Invoice invoice;
    return client.get(request, invoice).error_code();
}

}  // namespace

TEST_CASE("who has just registered a customer sees it, whoever has not may read what the replica has") {
    ReplicatedStack stack;
    auto client = stack.client();
    client.apply({make_event("evt_1", "paid", 1, "in_1")});
    REQUIRE(eventually([&] { return code_of(client, "in_1", "") == grpc::StatusCode::OK; }));

    pause_replay(stack.replica());
    const auto put = stack.ask("PUT", "/admin/api/customers/cus_test", {}, kCustomer + std::string(kTeam) + "\"}");
    REQUIRE(put.status == 200);
    const auto position = header_of(put, "Quittance-Position");
    REQUIRE_FALSE(position.empty());
    // The replica answers, and it has heard of nothing; the primary, where the replica was slow to show that it is
    // well.
    CHECK(eventually([&] {
        const auto answer = stack.ask("GET", of_team());
        return answer.status == 200 && !has_one(answer);
    }));
    CHECK(has_one(stack.ask("GET", of_team(), {{"Quittance-Read-After", position}})));
    CHECK(has_one(stack.ask("GET", of_team(), {{"Quittance-Read-After", "latest"}})));
    CHECK(has_one(stack.ask("GET", of_team(), {{"Quittance-Read-After", std::string(200, 'x')}})));
    const auto invoice = stack.ask("GET", "/admin/api/invoices/in_1");
    CHECK(invoice.body.find("\"Ada\"") != std::string::npos);  // the name that the invoice has anyway
    CHECK(stack.ask("GET", "/admin/api/customers/cus_test").status == 200);
    CHECK(stack.metric("quittance_reads_total{server=\"primary\",why=\"position\"}") >= 1);

    // As soon as the replica has come that far, it serves these reads as well.
    resume_replay(stack.replica());
    CHECK(eventually([&] { return has_one(stack.ask("GET", of_team())); }));
    const auto before = stack.metric("quittance_reads_total{server=\"replica\",why=\"default\"}");
    CHECK(eventually([&] {
        return has_one(stack.ask("GET", of_team(), {{"Quittance-Read-After", position}})) &&
               stack.metric("quittance_reads_total{server=\"replica\",why=\"default\"}") > before;
    }));
}

TEST_CASE("events and watched changes carry a position that reads can be after") {
    ReplicatedStack stack;
    auto client = stack.client();
    const auto stub = stack.stub();
    Watching watching(*stub, {});
    REQUIRE(watching.next());
    pause_replay(stack.replica());

    v1::ApplyInvoiceEventsRequest request;
    *request.add_events() = make_event("evt_1", "open", 1, "in_1");
    request.set_with_position(true);
    v1::ApplyInvoiceEventsResponse response;
    REQUIRE(client.call(&v1::InvoiceStore::Stub::ApplyInvoiceEvents, request, response).ok());
    REQUIRE_FALSE(response.position().empty());
    CHECK(eventually([&] { return code_of(client, "in_1", "") == grpc::StatusCode::NOT_FOUND; }));
    CHECK(code_of(client, "in_1", response.position()) == grpc::StatusCode::OK);
    CHECK(code_of(client, "in_1", "latest") == grpc::StatusCode::OK);

    const auto change = watching.change();
    REQUIRE(change);
    REQUIRE_FALSE(change->position().empty());
    CHECK(code_of(client, "in_1", change->position()) == grpc::StatusCode::OK);

    v1::BatchGetInvoicesRequest several;
    several.add_requests()->set_id("in_1");
    several.add_requests()->set_id("in_1");
    several.mutable_requests(1)->set_read_after(response.position());
    v1::BatchGetInvoicesResponse found;
    REQUIRE(client.call(&v1::InvoiceStore::Stub::BatchGetInvoices, several, found).ok());
    CHECK(found.results(0).has_invoice());
    CHECK(found.results(1).has_invoice());
    resume_replay(stack.replica());
    CHECK(eventually([&] { return code_of(client, "in_1", "") == grpc::StatusCode::OK; }));
}

TEST_CASE("a replica that lags too far gets no reads until it has caught up") {
    ReplicatedStack stack({.longest_lag_seconds = 1});
    auto client = stack.client();
    pause_replay(stack.replica());
    client.apply({make_event("evt_1", "open", 1, "in_1")});
    CHECK(eventually([&] { return code_of(client, "in_1", "") == grpc::StatusCode::OK; }));
    // Another read each time: one that found the replica slow to answer is no read of a replica that lags.
    CHECK(eventually([&] {
        code_of(client, "in_1", "");
        return stack.metric("quittance_reads_total{server=\"primary\",why=\"lag\"}") > 0;
    }));
    CHECK(eventually([&] { return stack.metric("quittance_replica_lag_seconds") >= 1; }));
    CHECK(eventually([&] {
        const auto answer = stack.readiness();
        return answer.status == 200 && answer.body.find("the replica lags") != std::string::npos;
    }));

    resume_replay(stack.replica());
    CHECK(eventually([&] { return stack.metric("quittance_replica_lag_seconds") == 0; }));
    const auto before = stack.reads_of("replica");
    CHECK(eventually(
        [&] { return code_of(client, "in_1", "") == grpc::StatusCode::OK && stack.reads_of("replica") > before; }));
}

TEST_CASE("a replica that dies and comes back fails no read") {
    ReplicatedStack stack;
    auto client = stack.client();
    client.apply({make_event("evt_1", "open", 1, "in_1")});
    REQUIRE(eventually([&] { return code_of(client, "in_1", "") == grpc::StatusCode::OK; }));
    Readers readers(stack, "in_1");
    REQUIRE(readers.go_on());
    stack.replica().stop();
    CHECK(readers.go_on());
    CHECK(eventually([&] { return stack.metric("quittance_replica_lag_seconds") == -1; }));
    CHECK(stack.readiness().status == 200);
    const auto before = stack.metric("quittance_reads_total{server=\"primary\",why=\"replica_unreachable\"}");
    CHECK(readers.go_on());
    CHECK(stack.metric("quittance_reads_total{server=\"primary\",why=\"replica_unreachable\"}") > before);

    stack.replica().start();
    const auto of_replica = stack.reads_of("replica");
    CHECK(eventually([&] { return stack.reads_of("replica") > of_replica + 20; }));
    CHECK(readers.stop() == "");
    CHECK(stack.running());
}

TEST_CASE("a replica that was promoted beside its primary is no replica any more") {
    ReplicatedStack stack;
    auto client = stack.client();
    value_at(stack.replica(), "SELECT pg_promote(true, 60)");
    CHECK(eventually([&] { return stack.readiness().body.find("does not follow") != std::string::npos; }));
    client.apply({make_event("evt_1", "open", 1, "in_1")});
    CHECK(code_of(client, "in_1", "") == grpc::StatusCode::OK);
    CHECK(value_at(stack.primary(), "SELECT count(*) FROM invoices") == "1");
    CHECK(value_at(stack.replica(), "SELECT count(*) FROM invoices") == "0");
}
