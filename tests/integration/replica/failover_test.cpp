// The primary dies: reads go on, writes are refused politely, and come back when the replica is promoted.
#include <catch2/catch.hpp>
#include <string>

#include "integration/invoice_store/trouble/ledger.hpp"
#include "integration/replica/replicated_stack.hpp"
#include "support/patience.hpp"

using namespace quittance;
using namespace quittance::test;

namespace {

constexpr const char* kCustomer =
    R"({"user":{"_id":"5f0000000000000000000002","name":"Ada"},"team":"5f0000000000000000000001"})";

bool has_retry_after(const Answer& answer) {
    const auto* value = http::find_header(answer.headers, "Retry-After");
    return value != nullptr && std::stoi(*value) >= 1;
}

}  // namespace

TEST_CASE("the primary is killed: reads go on, writes answer 503, and come back after the promotion") {
    ReplicatedStack stack({.synchronous = true});
    Ledger ledger("failover");
    auto client = stack.client();
    for (int i = 0; i < 10; ++i) {
        REQUIRE(ledger.webhook(stack.webhooks()) == 200);
        REQUIRE(ledger.call(client) == grpc::StatusCode::OK);
    }
    const std::string invoice = "in_failover_1";
    REQUIRE(eventually([&] { return stack.ask("GET", "/admin/api/invoices/" + invoice).status == 200; }));
    const auto put = stack.ask("PUT", "/admin/api/customers/cus_test", {}, kCustomer);
    REQUIRE(put.status == 200);
    const auto* position = http::find_header(put.headers, "Quittance-Position");
    REQUIRE(position != nullptr);
    Readers readers(stack, invoice);
    REQUIRE(readers.go_on());

    stack.primary().kill();
    CHECK(readers.go_on());
    for (int i = 0; i < 3; ++i) {
        const auto refused = stack.ask("PUT", "/admin/api/customers/cus_test", {}, kCustomer);
        CHECK(refused.status == 503);
        CHECK(has_retry_after(refused));
        CHECK(ledger.webhook(stack.webhooks()) == 503);
        CHECK(ledger.call(client) == grpc::StatusCode::UNAVAILABLE);
    }
    // Ready, so that Kubernetes leaves it its reads; and it says what is the matter.
    CHECK(eventually([&] {
        const auto answer = stack.readiness();
        return answer.status == 200 && answer.body.find("reads go on from the replica") != std::string::npos;
    }));
    CHECK(stack.ask("GET", "/admin/api/customers/cus_test").status == 200);
    const http::Headers after = {{"Quittance-Read-After", *position}};
    CHECK(eventually([&] { return stack.ask("GET", "/admin/api/invoices", after).status == 200; }));
    const auto latest = stack.ask("GET", "/admin/api/invoices", {{"Quittance-Read-After", "latest"}});
    CHECK(latest.status == 503);
    CHECK(has_retry_after(latest));
    CHECK(readers.go_on());

    REQUIRE(value_at(stack.replica(), "SELECT pg_promote(true, 60)") == "t");
    CHECK(eventually([&] { return ledger.webhook(stack.webhooks()) == 200; }));
    CHECK(eventually([&] { return ledger.call(client) == grpc::StatusCode::OK; }));
    CHECK(eventually([&] { return stack.ask("PUT", "/admin/api/customers/cus_test", {}, kCustomer).status == 200; }));
    CHECK(stack.ask("GET", "/admin/api/invoices", after).status == 200);
    CHECK(eventually([&] { return stack.readiness().body.find("reads go to the replica") != std::string::npos; }));
    CHECK(readers.go_on());
    CHECK(readers.stop() == "");
    CHECK(ledger.has_what_was_acknowledged(stack.replica().url()));
    REQUIRE(ledger.settle(client));
    CHECK(ledger.is_exact(stack.replica().url()));
    CHECK(stack.running());
}
