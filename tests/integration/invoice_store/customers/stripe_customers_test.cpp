// What Stripe tells of customers follows into their invoices, before and after, unless somebody registered them.
#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

#include "integration/invoice_store/store_database.hpp"
#include "integration/invoice_store/store_server.hpp"
#include "stripe/reader.hpp"
#include "unit/invoice_store/generated_events.hpp"

using namespace quittance;
using test::make_event;
using Outcome = v1::EventOutcome;

namespace {

const std::string kUser(24, 'a');
const std::string kTeam(24, 'b');
const std::string kOtherTeam(24, 'c');

struct Running {
    test::StoreDatabase database;
    test::StoreServer server{database.url()};
    test::StoreClient client{server.stub()};
};

v1::InvoiceEvent customer_event(const std::string& event_id, const std::string& name, const std::string& team,
                                int second, const std::string& customer = "cus_test") {
    auto event = make_event(event_id, "open", second, customer);
    event.clear_invoice();
    event.set_type("customer.updated");
    auto& said = *event.mutable_stripe_customer();
    said.set_stripe_customer_id(customer);
    said.set_name(name);
    said.set_user_id(kUser);
    said.set_team_id(team);
    return event;
}

}  // namespace

TEST_CASE("a customer's name and metadata follow into its invoices, and what is older does not") {
    Running running;
    auto own_team = make_event("evt_2", "open", 1, "in_own");
    (*own_team.mutable_invoice()->mutable_metadata())["team_id"] = kOtherTeam;
    auto stranger = make_event("evt_3", "open", 1, "in_stranger");
    stranger.mutable_invoice()->set_stripe_customer_id("cus_stranger");
    running.client.apply({make_event("evt_1", "open", 1, "in_past"), own_team, stranger});
    CHECK(running.client.apply({customer_event("evt_4", "Grace", kTeam, 5)}).second == std::vector{Outcome::APPLIED});
    running.client.apply({make_event("evt_5", "paid", 6, "in_new"), make_event("evt_6", "paid", 6, "in_past")});
    auto stored = running.database.invoices();
    for (const char* id : {"in_past", "in_new"}) {
        CHECK(stored.at(id).user().name() == "Grace");
        CHECK(stored.at(id).user().id() == kUser);
        CHECK(stored.at(id).team_id() == kTeam);
    }
    // What the invoice itself says of the team goes before what its customer says.
    CHECK(stored.at("in_own").team_id() == kOtherTeam);
    CHECK(stored.at("in_own").user().name() == "Grace");
    CHECK(stored.at("in_stranger").user().name() == "Ada");
    CHECK(running.database.totals() == running.database.counted());

    CHECK(running.client.apply({customer_event("evt_7", "Old", kOtherTeam, 4)}).second == std::vector{Outcome::STALE});
    CHECK(running.database.invoices().at("in_new").user().name() == "Grace");
    CHECK(running.client.apply({customer_event("evt_8", "Grace H.", kOtherTeam, 7)}).second ==
          std::vector{Outcome::APPLIED});
    CHECK(running.database.invoices().at("in_new").user().name() == "Grace H.");
    CHECK(running.database.invoices().at("in_new").team_id() == kOtherTeam);
    CHECK(running.database.totals() == running.database.counted());
}

TEST_CASE("a registered customer keeps what was registered") {
    Running running;
    v1::RegisterCustomerRequest request;
    auto& customer = *request.mutable_customer();
    customer.set_stripe_customer_id("cus_test");
    customer.mutable_user()->set_id(kUser);
    customer.mutable_user()->set_name("Registered");
    customer.set_team_id(kTeam);
    v1::Customer registered;
    running.client.apply({make_event("evt_1", "open", 1), customer_event("evt_2", "Grace", kOtherTeam, 5)});
    REQUIRE(running.client.call(&v1::InvoiceStore::Stub::RegisterCustomer, request, registered).ok());
    running.client.apply({customer_event("evt_3", "Hopper", kOtherTeam, 6), make_event("evt_4", "paid", 6)});
    CHECK(running.database.invoices().at("in_test").user().name() == "Registered");
    CHECK(running.database.invoices().at("in_test").team_id() == kTeam);
    CHECK(running.database.totals() == running.database.counted());
}

TEST_CASE("every order of a customer's and its invoice's events ends in the same row") {
    Running running;
    std::vector<std::size_t> order = {0, 1, 2, 3, 4};
    int lives = 0;
    do {
        const auto name = std::to_string(++lives);
        std::vector<v1::InvoiceEvent> events = {
            make_event("evt_1_" + name, "open", 1, "in_" + name), make_event("evt_2_" + name, "paid", 2, "in_" + name),
            customer_event("evt_3_" + name, "Grace", kTeam, 1, "cus_" + name),
            customer_event("evt_4_" + name, "Grace H.", kOtherTeam, 3, "cus_" + name),
            customer_event("evt_5_" + name, "Hopper", kTeam, 3, "cus_" + name)};
        for (int i = 0; i < 2; ++i)
            events[static_cast<std::size_t>(i)].mutable_invoice()->set_stripe_customer_id("cus_" + name);
        // Two of them in one call, which the writer divides.
        running.client.apply({events[order[0]], events[order[1]]});
        for (std::size_t i = 2; i < order.size(); ++i) running.client.apply({events[order[i]]});
    } while (std::next_permutation(order.begin(), order.end()));
    const auto stored = running.database.invoices();
    REQUIRE(stored.size() == 120);
    for (const auto& [id, invoice] : stored) {
        INFO(id);
        CHECK(invoice.user().name() == "Hopper");
        CHECK(invoice.team_id() == kTeam);
        CHECK(invoice.status() == "paid");
    }
    CHECK(running.database.totals() == running.database.counted());
}

TEST_CASE("of a customer's events of one second the last stands, in every order of arrival") {
    Running running;
    // As Stripe tells it, with ids that say nothing of the order; a word of the second before, and one of it that
    // changes nothing of ours.
    const auto told = [](const std::string& id, const std::string& type, int second, const std::string& customer,
                         const std::string& name, const std::string& team, const std::string& previous) {
        const auto payload = R"({"id": ")" + id + R"(", "object": "event", "type": ")" + type +
                             R"(", "livemode": false, "created": )" + std::to_string(1'700'000'000 + second) +
                             R"(, "data": {"object": {"id": ")" + customer + R"(", "object": "customer", "name": ")" +
                             name + R"(", "metadata": {"team_id": ")" + team + R"("}})" +
                             (previous.empty() ? "" : R"(, "previous_attributes": )" + previous) + "}}";
        auto read = stripe::read_event(payload);
        REQUIRE(read.has_value());
        read->event.set_account("default");
        return std::move(read->event);
    };
    std::vector<std::size_t> order = {0, 1, 2, 3, 4};
    int lives = 0;
    do {
        const auto name = std::to_string(++lives);
        const auto customer = "cus_" + name;
        auto invoice = make_event("evt_i_" + name, "open", 1, "in_" + name);
        invoice.mutable_invoice()->set_stripe_customer_id(customer);
        const std::vector<v1::InvoiceEvent> events = {
            told("evt_5_" + name, "customer.updated", 2, customer, "Early", kOtherTeam, R"({"email": null})"),
            told("evt_9_" + name, "customer.created", 3, customer, "Old", kOtherTeam, ""),
            told("evt_3_" + name, "customer.updated", 3, customer, "New", kOtherTeam, R"({"name": "Old"})"),
            told("evt_1_" + name, "customer.updated", 3, customer, "New", kTeam,
                 R"({"metadata": {"team_id": ")" + kOtherTeam + R"("}})"),
            told("evt_7_" + name, "customer.updated", 3, customer, "New", kOtherTeam, R"({"email": "a@example.com"})")};
        std::vector<v1::InvoiceEvent> first = {events[order[0]], invoice};
        if (lives % 2 == 0) first.push_back(events[order[1]]);
        running.client.apply(first);
        for (std::size_t i = lives % 2 == 0 ? 2 : 1; i < order.size(); ++i) running.client.apply({events[order[i]]});
        running.client.apply(events);  // once more changes nothing
    } while (std::next_permutation(order.begin(), order.end()));
    const auto stored = running.database.invoices();
    REQUIRE(stored.size() == 120);
    for (const auto& [id, invoice] : stored) {
        INFO(id);
        CHECK(invoice.user().name() == "New");
        CHECK(invoice.team_id() == kTeam);
    }
    CHECK(running.database.totals() == running.database.counted());
    CHECK(running.database.value("SELECT count(*) FROM events WHERE state = 'dead'") == "0");
}

TEST_CASE("no invoice slips by a change of its customer that commits while events arrive") {
    Running running;
    constexpr int kWriters = 4;
    constexpr int kEach = 40;
    std::atomic<int> failed = 0;
    std::atomic<int> written = 0;
    std::vector<std::thread> writers;
    for (int w = 0; w < kWriters; ++w)
        writers.emplace_back([&, w] {
            test::StoreClient client(running.server.stub());
            for (int i = 0; i < kEach; ++i) {
                const auto name = std::to_string(w) + "_" + std::to_string(i);
                if (!client.apply({make_event("evt_" + name, "open", 1, "in_" + name)}).first.ok()) ++failed;
                ++written;
            }
        });
    int second = 1;
    while (written < kWriters * kEach) {
        ++second;
        const auto& team = second % 2 == 0 ? kTeam : kOtherTeam;
        const auto name = std::to_string(second);
        if (!running.client.apply({customer_event("evt_c_" + name, name, team, second)}).first.ok()) ++failed;
    }
    for (auto& writer : writers) writer.join();
    CHECK(failed == 0);
    for (const auto& [id, invoice] : running.database.invoices()) {
        INFO(id);
        CHECK(invoice.user().name() == std::to_string(second));
    }
    CHECK(running.database.totals() == running.database.counted());
}
