// Doubts that only Stripe can end: a status that was taken back, an invoice that Stripe does not have, a repair that
// did not repair, an invoice that a caller asks for.
#include <catch2/catch.hpp>

#include "integration/invoice_store/events/refetching_store.hpp"
#include "rpc/status.hpp"

using namespace quittance;
using test::answer;
using test::answer_from_now;
using test::make_event;
using test::requested;
using test::with_total;
using Running = test::RefetchingStore;
using Outcome = v1::EventOutcome;

TEST_CASE("an invoice that a caller asks for is on the queue until an answer of a later second") {
    Running running;
    v1::RequestRefetchesResponse response;
    const auto request = requested("in_test");
    for (int i = 0; i < 2; ++i)
        REQUIRE(running.client.call(&v1::InvoiceStore::Stub::RequestRefetches, request, response).ok());
    const auto waiting = running.queue();
    REQUIRE(waiting.refetches_size() == 1);
    CHECK(waiting.refetches(0).reason() == "requested");
    CHECK(waiting.refetches(0).stripe_invoice_id() == "in_test");
    CHECK_FALSE(waiting.refetches(0).livemode());
    // An event is no answer, and what Stripe said before says nothing of what it was asked for.
    running.apply(make_event("evt_1", "paid", 9));
    running.apply(answer_from_now("early", -60));
    CHECK(running.queue().refetches_size() == 1);
    running.apply(answer_from_now("late", 60));
    CHECK(running.queue().refetches_size() == 0);
}

TEST_CASE("a request for a refetch replaces a same-second conflict") {
    Running running;
    running.apply(with_total(make_event("evt_1", "open", 5), 1));
    running.apply(with_total(make_event("evt_2", "open", 5), 2));
    REQUIRE(running.queue().refetches(0).reason() == "tie");
    v1::RequestRefetchesResponse response;
    REQUIRE(running.client.call(&v1::InvoiceStore::Stub::RequestRefetches, requested("in_test"), response).ok());
    CHECK(running.queue().refetches(0).reason() == "requested");
    // A later event ends the conflict, and not the request.
    running.apply(make_event("evt_3", "paid", 8));
    REQUIRE(running.queue().refetches_size() == 1);
    for (const auto& wrong : {v1::RequestRefetchesRequest(), requested("")})
        CHECK(running.client.call(&v1::InvoiceStore::Stub::RequestRefetches, wrong, response).error_code() ==
              grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_CASE("the further status of one second stands and is asked for") {
    Running running;
    running.apply(make_event("evt_2", "open", 5));
    CHECK(running.apply(make_event("evt_1", "paid", 5)).state() == Outcome::NEEDS_REFETCH);
    CHECK(running.database.invoices().at("in_test").status() == "paid");
    CHECK(running.queue().refetches(0).reason() == "tie");
}

TEST_CASE("a status that a later event takes back is asked for, in both orders of arrival") {
    Running running;
    const auto paid = make_event("evt_1", "paid", 5);
    const auto reopened = make_event("evt_2", "open", 9);
    const bool in_order = GENERATE(true, false);
    running.apply(in_order ? paid : reopened);
    CHECK(running.queue().refetches_size() == 0);
    const auto outcome = running.apply(in_order ? reopened : paid);
    CHECK(outcome.state() == Outcome::NEEDS_REFETCH);
    CHECK(outcome.refetch_stripe_invoice_id() == "in_test");
    CHECK(running.database.invoices().at("in_test").status() == "open");
    REQUIRE(running.queue().refetches_size() == 1);
    CHECK(running.queue().refetches(0).reason() == "taken_back");

    SECTION("Stripe's answer confirms it") {
        running.apply(answer("1", "open", 10));
        CHECK(running.database.invoices().at("in_test").status() == "open");
        CHECK(running.queue().refetches_size() == 0);
    }
    SECTION("Stripe's answer corrects it") {
        running.apply(answer("1", "paid", 10));
        CHECK(running.database.invoices().at("in_test").status() == "paid");
        CHECK(running.queue().refetches_size() == 0);
    }
    SECTION("the invoice is paid again") {
        running.apply(make_event("evt_3", "paid", 12));
        CHECK(running.database.invoices().at("in_test").status() == "paid");
        CHECK(running.queue().refetches_size() == 0);
    }
}

TEST_CASE("an invoice that Stripe does not have stays on the queue, is put off, and ends with the next statement") {
    Running running;
    running.apply(make_event("evt_1", "draft", 5));
    const auto report = [&](const std::string& result, const std::string& detail = "") {
        v1::ReportRefetchRequest request;
        request.set_account("default");
        request.set_stripe_invoice_id("in_test");
        request.set_result(result);
        request.set_detail(detail);
        v1::ReportRefetchResponse response;
        REQUIRE(running.client.call(&v1::InvoiceStore::Stub::ReportRefetch, request, response).ok());
    };
    report("not_found");
    report("not_found");
    CHECK(running.database.invoices().at("in_test").status() == "draft");
    const auto waiting = running.queue();
    REQUIRE(waiting.refetches_size() == 1);
    CHECK(waiting.refetches(0).reason() == "not_found");
    CHECK(waiting.refetches(0).last_result() == "not_found");
    CHECK(waiting.refetches(0).attempts() == 2);
    CHECK(waiting.refetches(0).next_time().seconds() >= waiting.refetches(0).since().seconds() + 100);
    v1::ListRefetchesRequest due;
    due.set_due_only(true);
    CHECK(running.queue(due).refetches_size() == 0);

    // The statement comes after the report, and its second is later: the time of the tests is long past.
    auto finalised = make_event("evt_2", "open", 0);
    finalised.mutable_event_time()->set_seconds(waiting.refetches(0).next_time().seconds());
    running.apply(finalised);
    CHECK(running.queue().refetches_size() == 0);
    CHECK(running.database.invoices().at("in_test").status() == "open");

    SECTION("a repair that did not repair is a state with the fields, until the row agrees") {
        report("unrepaired", "status amount_paid_minor");
        REQUIRE(running.queue().refetches_size() == 1);
        CHECK(running.queue().refetches(0).reason() == "unrepaired");
        CHECK(running.queue().refetches(0).detail() == "status amount_paid_minor");
        report("agreed");
        CHECK(running.queue().refetches_size() == 0);
    }
    SECTION("a deleted draft is not in doubt because Stripe does not have it") {
        running.database.run("DELETE FROM invoices");
        running.apply(make_event("evt_3", "draft", 5));
        report("not_found");
        REQUIRE(running.queue().refetches_size() == 1);
        running.database.run("UPDATE invoices SET status = 'deleted', rank = 4");
        report("not_found");
        CHECK(running.queue().refetches_size() == 0);
        report("not_found");
        CHECK(running.queue().refetches_size() == 0);
    }
    SECTION("what the store does not have is passed over") {
        running.database.run("DELETE FROM invoices");
        report("not_found");
        CHECK(running.queue().refetches_size() == 0);
    }
}
