// The handlers of InvoiceStore through a real gRPC server.
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

#include "integration/invoice_store/store_database.hpp"
#include "integration/invoice_store/store_server.hpp"
#include "invoice_store/invoices/invoice_id.hpp"
#include "rpc/status.hpp"
#include "unit/invoice_store/generated_events.hpp"

using namespace quittance;
using test::make_event;
using Outcome = v1::EventOutcome;

namespace {

const std::string kTeam(24, 'a');

struct Running {
    test::StoreDatabase database;
    test::StoreServer server{database.url()};
    test::StoreClient client{server.stub()};
};

v1::InvoiceEvent team_event(const std::string& number) {
    auto event = make_event("evt_" + number, "paid", 1, "in_" + number);
    (*event.mutable_invoice()->mutable_metadata())["team_id"] = kTeam;
    event.mutable_invoice()->add_lines()->set_id("il_1");
    return event;
}

std::vector<std::string> fields_of(const grpc::Status& status) {
    std::vector<std::string> fields;
    const auto detail = rpc::detail_of(status);
    for (const auto& violation : detail.fields()) fields.push_back(violation.field());
    return fields;
}

}  // namespace

TEST_CASE("an invoice is found by either id, in each view") {
    Running running;
    REQUIRE(running.client.apply({team_event("1")}).second == std::vector{Outcome::APPLIED});
    const auto id = invoice_store::invoice_id("default", false, "in_1", test::kCreateSecond);
    for (const auto& name : {id, std::string("in_1")}) {
        v1::GetInvoiceRequest request;
        request.set_id(name);
        v1::Invoice invoice;
        REQUIRE(running.client.get(request, invoice).ok());
        CHECK(invoice.id() == id);
        CHECK(invoice.team_id() == kTeam);
        CHECK(invoice.lines_size() == 0);
        request.set_view(v1::VIEW_FULL);
        REQUIRE(running.client.get(request, invoice).ok());
        CHECK(invoice.lines(0).id() == "il_1");
        CHECK(invoice.provenance().event_id() == "evt_1");
        request.set_view(v1::VIEW_BILLING);
        REQUIRE(running.client.get(request, invoice).ok());
        CHECK(invoice.id() == id);
        CHECK(invoice.lines(0).id() == "il_1");
        CHECK_FALSE(invoice.has_provenance());
        request.set_view(v1::VIEW_SUMMARY);
        REQUIRE(running.client.get(request, invoice).ok());
        CHECK(invoice.stripe_invoice_id() == "in_1");
        CHECK(invoice.lines_size() == 0);
    }
}

TEST_CASE("no invoice is found outside the scope") {
    Running running;
    running.client.apply({team_event("1")});
    v1::GetInvoiceRequest request;
    request.set_id("in_1");
    v1::Invoice invoice;
    request.mutable_scope()->add_team_ids(kTeam);
    CHECK(running.client.get(request, invoice).ok());
    request.mutable_scope()->set_team_ids(0, std::string(24, 'b'));
    const auto status = running.client.get(request, invoice);
    CHECK(status.error_code() == grpc::StatusCode::NOT_FOUND);
    CHECK(rpc::detail_of(status).reason() == "invoice_not_found");
    request.clear_scope();
    request.mutable_scope();
    CHECK(running.client.get(request, invoice).error_code() == grpc::StatusCode::NOT_FOUND);
}

TEST_CASE("a batch of gets has an answer for each get, in order") {
    Running running;
    running.client.apply({team_event("1"), team_event("2")});
    v1::BatchGetInvoicesRequest request;
    request.add_requests()->set_id("in_2");
    request.add_requests()->set_id("in_missing");
    request.add_requests()->set_id(invoice_store::invoice_id("default", false, "in_1", test::kCreateSecond));
    request.add_requests()->set_id("");
    auto& foreign = *request.add_requests();
    foreign.set_id("in_1");
    foreign.mutable_scope()->add_team_ids(std::string(24, 'b'));
    auto& full = *request.add_requests();
    full.set_id("in_2");
    full.set_view(v1::VIEW_FULL);
    v1::BatchGetInvoicesResponse response;
    REQUIRE(running.client.call(&v1::InvoiceStore::Stub::BatchGetInvoices, request, response).ok());
    REQUIRE(response.results_size() == 6);
    CHECK(response.results(0).invoice().stripe_invoice_id() == "in_2");
    CHECK(response.results(0).invoice().lines_size() == 0);
    CHECK_FALSE(response.results(1).has_invoice());
    CHECK(response.results(2).invoice().stripe_invoice_id() == "in_1");
    CHECK_FALSE(response.results(3).has_invoice());
    CHECK_FALSE(response.results(4).has_invoice());
    CHECK(response.results(5).invoice().lines_size() == 1);
}

TEST_CASE("many single gets at once share statements, and each gets its own answer") {
    Running running;
    std::vector<v1::InvoiceEvent> events;
    for (int i = 0; i < 64; ++i) events.push_back(team_event(std::to_string(i)));
    running.client.apply(events);
    std::atomic<int> wrong = 0;
    std::vector<std::thread> callers;
    for (int caller = 0; caller < 16; ++caller)
        callers.emplace_back([&, caller] {
            test::StoreClient client(running.server.stub());
            for (int i = 0; i < 40; ++i) {
                const auto name = "in_" + std::to_string((caller * 7 + i) % 70);
                v1::GetInvoiceRequest request;
                request.set_id(name);
                v1::Invoice invoice;
                const auto status = client.get(request, invoice);
                const bool there = (caller * 7 + i) % 70 < 64;
                if (there ? invoice.stripe_invoice_id() != name : status.error_code() != grpc::StatusCode::NOT_FOUND)
                    ++wrong;
            }
        });
    for (auto& caller : callers) caller.join();
    CHECK(wrong == 0);
}

TEST_CASE("invalid requests are refused with all invalid fields") {
    Running running;
    auto good = team_event("1");
    auto bad = make_event("", "open", 1);
    bad.clear_account();
    bad.clear_event_time();
    bad.set_payload(std::string(1024 * 1024 + 1, 'x'));
    const auto [status, states] = running.client.apply({good, bad});
    CHECK(status.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
    CHECK(fields_of(status) == std::vector<std::string>{"events[1].event_id", "events[1].account",
                                                        "events[1].event_time", "events[1].payload"});
    CHECK(running.database.value("SELECT count(*) FROM events") == "0");
    CHECK(fields_of(running.client.apply(std::vector<v1::InvoiceEvent>(257, good)).first) ==
          std::vector<std::string>{"events"});

    v1::ListInvoicesRequest list;
    list.set_page_size(101);
    list.set_page(-1);
    list.set_page_token("x");
    list.mutable_filter()->set_team_id("x");
    v1::ListInvoicesResponse page;
    CHECK(fields_of(running.client.call(&v1::InvoiceStore::Stub::ListInvoices, list, page)) ==
          std::vector<std::string>{"page_size", "page", "page_token", "filter.team_id"});

    v1::Invoice invoice;
    CHECK(fields_of(running.client.get({}, invoice)) == std::vector<std::string>{"id"});
}

TEST_CASE("an empty batch is answered") {
    Running running;
    const auto [status, states] = running.client.apply({});
    CHECK(status.ok());
    CHECK(states.empty());
}

TEST_CASE("calls before the schema is ready are UNAVAILABLE") {
    Running running;
    running.server.schema_ready() = false;
    CHECK(running.client.apply({team_event("1")}).first.error_code() == grpc::StatusCode::UNAVAILABLE);
    running.server.schema_ready() = true;
    CHECK(running.client.apply({team_event("1")}).first.ok());
}
