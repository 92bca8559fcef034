// What no webhook brought: events and invoices by list, over many pages and cut by time, and the invoice of a payment.
#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "integration/stripe_gateway/fixture.hpp"
#include "support/patience.hpp"

namespace quittance::stripe_gateway::test {
namespace {

using grpc::StatusCode;

template <class Request, class Response>
grpc::Status ask(RunningGateway& gateway,
                 grpc::Status (v1::StripeGateway::Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                 const Request& request, Response& response) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kPatience);
    context.set_wait_for_ready(true);
    return (gateway.stub().*method)(&context, request, &response);
}

v1::ListStripeEventsResponse events(RunningGateway& gateway, const v1::ListStripeEventsRequest& request) {
    v1::ListStripeEventsResponse response;
    const auto status = ask(gateway, &v1::StripeGateway::Stub::ListEvents, request, response);
    INFO(status.error_message());
    REQUIRE(status.ok());
    return response;
}

v1::ListStripeInvoicesResponse invoices(RunningGateway& gateway, const v1::ListStripeInvoicesRequest& request) {
    v1::ListStripeInvoicesResponse response;
    const auto status = ask(gateway, &v1::StripeGateway::Stub::ListInvoices, request, response);
    INFO(status.error_message());
    REQUIRE(status.ok());
    return response;
}

std::string found_invoice(RunningGateway& gateway, const v1::FindPaidInvoiceRequest& request) {
    v1::FindPaidInvoiceResponse response;
    const auto status = ask(gateway, &v1::StripeGateway::Stub::FindPaidInvoice, request, response);
    if (status.ok()) return response.stripe_invoice_id();
    CHECK(status.error_code() == StatusCode::NOT_FOUND);
    return {};
}

// All events of the request, page by page, newest first.
std::vector<v1::InvoiceEvent> all_events(RunningGateway& gateway, v1::ListStripeEventsRequest request) {
    std::vector<v1::InvoiceEvent> all;
    for (bool more = true; more;) {
        const auto page = events(gateway, request);
        all.insert(all.end(), page.events().begin(), page.events().end());
        request.set_starting_after(page.last_event_id());
        more = page.has_more();
    }
    return all;
}

TEST_CASE("every event of the list, once, over many pages, in Stripe's order") {
    Emulator emulator;
    RunningGateway gateway({.stripe_url = emulator.url()});
    std::set<std::string> made;
    for (int i = 0; i < 12; ++i) {
        const auto outcome = gateway.create(creation(emulator.customer(), {100 + i}));
        REQUIRE(outcome.ok());
        made.insert(outcome.answer.invoice().stripe_invoice_id());
    }
    v1::ListStripeEventsRequest request;
    request.set_page_size(7);
    const auto all = all_events(gateway, request);
    std::set<std::string> ids;
    std::set<std::string> paid;
    for (const auto& event : all) {
        CHECK(ids.insert(event.event_id()).second);
        CHECK(event.source() == v1::InvoiceEvent::SOURCE_EVENTS_LIST);
        CHECK(event.account() == "default");
        CHECK(event.problem().empty());
        CHECK_FALSE(event.payload().empty());
        if (event.type() == "invoice.paid") paid.insert(event.invoice().stripe_invoice_id());
    }
    CHECK(paid == made);
    CHECK(std::is_sorted(all.begin(), all.end(), [](const auto& newer, const auto& older) {
        return newer.event_time().seconds() > older.event_time().seconds();
    }));
    // In one page the same.
    request.set_page_size(0);
    const auto again = all_events(gateway, request);
    REQUIRE(again.size() == all.size());
    for (std::size_t i = 0; i < all.size(); ++i) CHECK(again[i].event_id() == all[i].event_id());
}

TEST_CASE("events by type, by pattern and by time") {
    Emulator emulator;
    RunningGateway gateway({.stripe_url = emulator.url()});
    REQUIRE(gateway.create(creation(emulator.customer(), {100})).ok());
    REQUIRE(gateway.create(creation(emulator.customer("pm_card_chargeCustomerFail"), {200})).ok());
    const auto types_of = [&](const std::vector<std::string>& types) {
        v1::ListStripeEventsRequest request;
        for (const auto& type : types) request.add_types(type);
        std::multiset<std::string> found;
        for (const auto& event : all_events(gateway, request)) found.insert(event.type());
        return found;
    };
    CHECK(types_of({"invoice.paid"}) == std::multiset<std::string>{"invoice.paid"});
    CHECK(types_of({"invoice.paid", "invoice.payment_failed"}) ==
          std::multiset<std::string>{"invoice.paid", "invoice.payment_failed"});
    for (const auto& type : types_of({"invoice.*"})) CHECK(type.starts_with("invoice."));
    const auto mixed = types_of({"invoice.paid", "customer.*"});
    CHECK(mixed.count("invoice.paid") == 1);
    CHECK(mixed.count("customer.created") == 2);
    CHECK(mixed.count("invoice.finalized") == 0);

    const auto newest = events(gateway, {}).events(0).event_time().seconds();
    v1::ListStripeEventsRequest request;
    request.mutable_created_from()->set_seconds(newest + 1);
    CHECK(events(gateway, request).events().empty());
    request.mutable_created_from()->set_seconds(newest);
    CHECK_FALSE(events(gateway, request).events().empty());
    request.mutable_created_to()->set_seconds(newest);
    CHECK(events(gateway, request).events().empty());
}

TEST_CASE("each event keeps the shape of its own version, and is read all the same") {
    for (const char* version : {"2022-11-15", "2023-10-16", "2025-03-31.basil", "2026-10-28.endive"}) {
        Emulator emulator(version);
        RunningGateway gateway({.stripe_url = emulator.url()});
        const auto outcome = gateway.create(creation(emulator.customer(), many_amounts(12)));
        REQUIRE(outcome.ok());
        v1::ListStripeEventsRequest request;
        request.add_types("invoice.paid");
        const auto listed = events(gateway, request);
        REQUIRE_FALSE(listed.events().empty());
        const auto& newest = listed.events(0);
        CHECK(newest.invoice().stripe_invoice_id() == outcome.answer.invoice().stripe_invoice_id());
        CHECK(newest.invoice().status() == "paid");
        CHECK(newest.invoice().total_minor() == outcome.answer.invoice().total_minor());
        CHECK(newest.api_version() == version);
        CHECK_FALSE(newest.invoice().lines_complete());
    }
}

TEST_CASE("a cursor that Stripe does not know") {
    RunningGateway gateway;
    v1::ListStripeEventsRequest request;
    request.set_starting_after("evt_forgotten");
    v1::ListStripeEventsResponse response;
    const auto status = ask(gateway, &v1::StripeGateway::Stub::ListEvents, request, response);
    CHECK(status.error_code() == StatusCode::OUT_OF_RANGE);
}

TEST_CASE("a bad list request is refused by its fields") {
    RunningGateway gateway;
    v1::ListStripeEventsRequest request;
    request.set_page_size(101);
    request.set_starting_after("a b");
    request.add_types("invoice paid");
    v1::ListStripeEventsResponse response;
    const auto status = ask(gateway, &v1::StripeGateway::Stub::ListEvents, request, response);
    CHECK(status.error_code() == StatusCode::INVALID_ARGUMENT);
    v1::FindPaidInvoiceResponse found;
    CHECK(ask(gateway, &v1::StripeGateway::Stub::FindPaidInvoice, v1::FindPaidInvoiceRequest(), found).error_code() ==
          StatusCode::INVALID_ARGUMENT);
}

TEST_CASE("invoices with all of their lines, over many pages") {
    Emulator emulator;
    RunningGateway gateway({.stripe_url = emulator.url()});
    std::map<std::string, int> made;
    for (const int lines : {1, 10, 11, 250, 3}) {
        const auto outcome = gateway.create(creation(emulator.customer(), many_amounts(lines)));
        REQUIRE(outcome.ok());
        made[outcome.answer.invoice().stripe_invoice_id()] = lines;
        const auto retrieved = gateway.retrieve(outcome.answer.invoice().stripe_invoice_id());
        REQUIRE(retrieved.ok());
        CHECK(retrieved.answer.invoice().lines_size() == lines);
        CHECK(retrieved.answer.invoice().lines_complete());
    }
    v1::ListStripeInvoicesRequest request;
    request.set_page_size(2);
    std::map<std::string, int> found;
    for (bool more = true; more;) {
        const auto page = invoices(gateway, request);
        CHECK(page.answer_time().seconds() > 0);
        CHECK(page.invoices_size() <= 2);
        for (const auto& invoice : page.invoices()) {
            CHECK(invoice.lines_complete());
            CHECK(invoice.line_count() == invoice.lines_size());
            CHECK(invoice.account() == "default");
            CHECK(found.emplace(invoice.stripe_invoice_id(), invoice.lines_size()).second);
            request.set_starting_after(invoice.stripe_invoice_id());
        }
        more = page.has_more();
    }
    CHECK(found == made);
}

TEST_CASE("invoices by status and time") {
    Emulator emulator;
    RunningGateway gateway({.stripe_url = emulator.url()});
    REQUIRE(gateway.create(creation(emulator.customer(), {100})).ok());
    const auto open = gateway.create(creation(emulator.customer("pm_card_chargeCustomerFail"), {200}));
    REQUIRE(open.ok());
    v1::ListStripeInvoicesRequest request;
    request.set_status("open");
    const auto page = invoices(gateway, request);
    REQUIRE(page.invoices_size() == 1);
    CHECK(page.invoices(0).stripe_invoice_id() == open.answer.invoice().stripe_invoice_id());
    request.mutable_created_to()->set_seconds(open.answer.invoice().create_time().seconds());
    CHECK(invoices(gateway, request).invoices().empty());
    request.clear_created_to();
    request.mutable_created_from()->set_seconds(open.answer.invoice().create_time().seconds());
    CHECK(invoices(gateway, request).invoices_size() == 1);
}

TEST_CASE("the invoice that a payment paid, in the shapes before and since basil") {
    Emulator emulator;
    RunningGateway old_shape({.stripe_url = emulator.url()});
    RunningGateway new_shape({.stripe_url = emulator.url(), .api_version = "2026-10-28.endive"});
    const auto paid = old_shape.create(creation(emulator.customer(), {500}));
    REQUIRE(paid.ok());
    const auto& id = paid.answer.invoice().stripe_invoice_id();
    v1::FindPaidInvoiceRequest by_intent;
    by_intent.set_payment_intent_id(paid.answer.invoice().payment_intent_id());
    REQUIRE_FALSE(by_intent.payment_intent_id().empty());
    v1::FindPaidInvoiceRequest by_charge;
    by_charge.set_charge_id(paid.answer.invoice().charge_id());
    REQUIRE_FALSE(by_charge.charge_id().empty());
    for (auto* gateway : {&old_shape, &new_shape}) {
        CHECK(found_invoice(*gateway, by_intent) == id);
        CHECK(found_invoice(*gateway, by_charge) == id);
        v1::FindPaidInvoiceRequest unknown;
        unknown.set_payment_intent_id("pi_unknown");
        CHECK(found_invoice(*gateway, unknown).empty());
        unknown.set_charge_id("ch_unknown");
        unknown.clear_payment_intent_id();
        CHECK(found_invoice(*gateway, unknown).empty());
    }
}

}  // namespace
}  // namespace quittance::stripe_gateway::test
