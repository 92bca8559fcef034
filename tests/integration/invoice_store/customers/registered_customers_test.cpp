// Registering whom a customer belongs to moves its invoices, past ones and those that arrive meanwhile.
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "integration/invoice_store/store_database.hpp"
#include "integration/invoice_store/store_server.hpp"
#include "rpc/status.hpp"
#include "support/patience.hpp"
#include "unit/invoice_store/generated_events.hpp"

using namespace quittance;
using test::make_event;

namespace {

const std::string kUser(24, 'a');
const std::string kTeam(24, 'b');
const std::string kOtherTeam(24, 'c');

struct Running {
    test::StoreDatabase database;
    test::StoreServer server{database.url()};
    test::StoreClient client{server.stub()};
    std::unique_ptr<v1::InvoiceStore::Stub> stub = server.stub();

    grpc::Status put(const v1::RegisterCustomerRequest& request, v1::Customer& customer) const {
        grpc::ClientContext context;
        context.set_deadline(std::chrono::system_clock::now() + test::kPatience);
        return stub->RegisterCustomer(&context, request, &customer);
    }

    grpc::Status find(const std::string& id, v1::Customer& customer) const {
        grpc::ClientContext context;
        v1::GetCustomerRequest request;
        request.set_stripe_customer_id(id);
        return stub->GetCustomer(&context, request, &customer);
    }
};

v1::RegisterCustomerRequest registration(const std::string& team) {
    v1::RegisterCustomerRequest request;
    auto& customer = *request.mutable_customer();
    customer.set_stripe_customer_id("cus_test");
    customer.mutable_user()->set_id(kUser);
    customer.mutable_user()->set_name("Jane Roe");
    customer.set_team_id(team);
    return request;
}

}  // namespace

TEST_CASE("a registration moves the customer's past invoices and is there to be read") {
    Running running;
    auto elsewhere = make_event("evt_other", "open", 1, "in_other");
    elsewhere.mutable_invoice()->set_stripe_customer_id("cus_other");
    auto with_team = make_event("evt_metadata", "paid", 1, "in_metadata");
    (*with_team.mutable_invoice()->mutable_metadata())["team_id"] = kOtherTeam;
    running.client.apply({make_event("evt_1", "open", 1, "in_1"), with_team, elsewhere});
    v1::Customer customer;
    CHECK(running.find("cus_test", customer).error_code() == grpc::StatusCode::NOT_FOUND);

    REQUIRE(running.put(registration(kTeam), customer).ok());
    CHECK(customer.account() == "default");
    CHECK(customer.team_id() == kTeam);
    CHECK(customer.has_register_time());
    v1::Customer found;
    REQUIRE(running.find("cus_test", found).ok());
    CHECK(found.SerializeAsString() == customer.SerializeAsString());

    auto stored = running.database.invoices();
    for (const char* invoice : {"in_1", "in_metadata"}) {
        CHECK(stored.at(invoice).team_id() == kTeam);
        CHECK(stored.at(invoice).user().id() == kUser);
        CHECK(stored.at(invoice).user().name() == "Jane Roe");
    }
    CHECK(stored.at("in_other").team_id().empty());
    CHECK(running.database.totals() == running.database.counted());

    // Later events of the invoice keep the owner, and another registration moves them on.
    running.client.apply({make_event("evt_2", "paid", 2, "in_1")});
    CHECK(running.database.invoices().at("in_1").team_id() == kTeam);
    REQUIRE(running.put(registration(kOtherTeam), customer).ok());
    CHECK(running.database.invoices().at("in_1").team_id() == kOtherTeam);
    CHECK(running.database.invoices().at("in_1").status() == "paid");
    CHECK(running.database.totals() == running.database.counted());
}

TEST_CASE("a registration moves 10,000 invoices in one go") {
    Running running;
    constexpr int kInvoices = 10'000;
    constexpr int kBatch = 250;
    for (int start = 0; start < kInvoices; start += kBatch) {
        std::vector<v1::InvoiceEvent> events;
        for (int i = start; i < start + kBatch; ++i)
            events.push_back(make_event("evt_" + std::to_string(i), "paid", 1, "in_" + std::to_string(i)));
        running.client.apply(events);
    }
    v1::Customer customer;
    REQUIRE(running.put(registration(kTeam), customer).ok());
    v1::ListInvoicesRequest list;
    list.mutable_scope()->add_team_ids(kTeam);
    list.set_with_total(true);
    grpc::ClientContext context;
    v1::ListInvoicesResponse page;
    REQUIRE(running.stub->ListInvoices(&context, list, &page).ok());
    CHECK(page.total_size() == kInvoices);
    CHECK(running.database.totals() == running.database.counted());
}

TEST_CASE("no invoice slips by a registration that commits while events arrive") {
    Running running;
    constexpr int kWriters = 4;
    constexpr int kEach = 60;
    std::atomic<int> written{0};
    std::vector<std::thread> writers;
    for (int w = 0; w < kWriters; ++w)
        writers.emplace_back([&, w] {
            test::StoreClient client{running.server.stub()};
            for (int i = 0; i < kEach; ++i) {
                const auto name = std::to_string(w) + "_" + std::to_string(i);
                client.apply({make_event("evt_" + name, "open", 1, "in_" + name)});
                ++written;
            }
        });
    v1::Customer customer;
    std::string last;
    while (written < kWriters * kEach) {
        last = last == kTeam ? kOtherTeam : kTeam;
        REQUIRE(running.put(registration(last), customer).ok());
    }
    for (auto& writer : writers) writer.join();
    for (const auto& [name, invoice] : running.database.invoices()) {
        INFO(name);
        CHECK(invoice.team_id() == last);
    }
    CHECK(running.database.totals() == running.database.counted());
}

TEST_CASE("a registration that is wrong names every field") {
    Running running;
    v1::RegisterCustomerRequest request;
    request.mutable_customer()->mutable_user()->set_name("  ");
    v1::Customer customer;
    const auto status = running.put(request, customer);
    CHECK(status.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
    const auto detail = rpc::detail_of(status);
    std::vector<std::string> fields;
    for (const auto& violation : detail.fields()) fields.push_back(violation.field());
    CHECK(fields == std::vector<std::string>{"customer.stripe_customer_id", "customer.user.id", "customer.user.name",
                                             "customer.team_id"});
}
