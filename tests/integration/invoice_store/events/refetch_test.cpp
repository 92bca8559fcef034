// The queue of invoices that Stripe has to be asked for: what puts one there, what takes it away, in whatever order.
#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

#include "base/timestamps.hpp"
#include "integration/invoice_store/store_database.hpp"
#include "integration/invoice_store/store_server.hpp"
#include "rpc/status.hpp"
#include "unit/invoice_store/generated_events.hpp"

using namespace quittance;
using test::make_event;
using Outcome = v1::EventOutcome;

namespace {

struct Running {
    test::StoreDatabase database;
    test::StoreServer server{database.url()};
    test::StoreClient client{server.stub()};

    std::vector<Outcome> apply(const std::vector<v1::InvoiceEvent>& events) {
        v1::ApplyInvoiceEventsRequest request;
        for (const auto& event : events) *request.add_events() = event;
        v1::ApplyInvoiceEventsResponse response;
        const auto status = client.call(&v1::InvoiceStore::Stub::ApplyInvoiceEvents, request, response);
        REQUIRE(status.ok());
        return {response.outcomes().begin(), response.outcomes().end()};
    }
    Outcome apply(const v1::InvoiceEvent& event) { return apply(std::vector<v1::InvoiceEvent>{event}).front(); }

    v1::ListRefetchesResponse queue(const v1::ListRefetchesRequest& request = {}) {
        v1::ListRefetchesResponse response;
        REQUIRE(client.call(&v1::InvoiceStore::Stub::ListRefetches, request, response).ok());
        return response;
    }
};

v1::InvoiceEvent with_total(v1::InvoiceEvent event, std::int64_t total_minor) {
    event.mutable_invoice()->set_total_minor(total_minor);
    return event;
}

v1::InvoiceEvent answer(const std::string& name, const std::string& status, int second, int nanos = 400'000'000) {
    auto event = make_event("refetch_" + name, status, second);
    event.set_type("quittance.refetched");
    event.set_source(v1::InvoiceEvent::SOURCE_REFETCH);
    event.mutable_event_time()->set_nanos(nanos);
    return event;
}

v1::RequestRefetchesRequest requested(const std::string& invoice) {
    v1::RequestRefetchesRequest request;
    auto& refetch = *request.add_refetches();
    refetch.set_account("default");
    refetch.set_stripe_invoice_id(invoice);
    return request;
}

// An answer of so many seconds from now.
v1::InvoiceEvent answer_from_now(const std::string& name, int seconds) {
    auto event = answer(name, "paid", 0);
    event.mutable_event_time()->set_seconds(base::unix_now() + seconds);
    return event;
}

}  // namespace

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

TEST_CASE("a tie puts its invoice on the queue, and an answer of a later second takes it off") {
    Running running;
    CHECK(running.apply(with_total(make_event("evt_1", "open", 5), 1)).refetch_stripe_invoice_id().empty());
    CHECK(running.queue().refetches_size() == 0);
    const auto tie = running.apply(with_total(make_event("evt_2", "open", 5), 2));
    CHECK(tie.state() == Outcome::NEEDS_REFETCH);
    CHECK(tie.refetch_stripe_invoice_id() == "in_test");
    // A duplicate left nothing anywhere.
    CHECK(running.apply(with_total(make_event("evt_2", "open", 5), 2)).refetch_stripe_invoice_id().empty());
    const auto waiting = running.queue();
    REQUIRE(waiting.refetches_size() == 1);
    CHECK(waiting.total_size() == 1);
    CHECK(waiting.refetches(0).reason() == "tie");
    CHECK(waiting.refetches(0).account() == "default");
    CHECK(waiting.refetches(0).has_since());

    // Of the same second: shown, but it may be older than one of the two.
    CHECK(running.apply(with_total(answer("early", "open", 5), 3)).refetch_stripe_invoice_id().empty());
    CHECK(running.queue().refetches_size() == 1);
    CHECK(running.database.invoices().at("in_test").total_minor() == 3);

    CHECK(running.apply(with_total(answer("late", "open", 6), 2)).state() == Outcome::APPLIED);
    CHECK(running.queue().refetches_size() == 0);
    CHECK(running.database.invoices().at("in_test").total_minor() == 2);
    // A webhook that comes after the answer and is older than it opens nothing again.
    CHECK(running.apply(with_total(make_event("evt_0", "open", 5), 1)).state() == Outcome::STALE);
    CHECK(running.queue().refetches_size() == 0);
}

TEST_CASE("an answer that says what the row says settles it as well") {
    Running running;
    running.apply({with_total(make_event("evt_1", "open", 5), 1), with_total(make_event("evt_2", "open", 5), 2)});
    CHECK(running.queue().refetches_size() == 1);
    running.apply(with_total(answer("1", "open", 9), 2));
    CHECK(running.queue().refetches_size() == 0);
    CHECK_FALSE(running.database.invoices().at("in_test").provenance().refetch_needed());
}

TEST_CASE("a tie that an event leaves behind needs no answer") {
    Running running;
    const std::vector<v1::InvoiceEvent> tie{with_total(make_event("evt_1", "open", 5), 1),
                                            with_total(make_event("evt_2", "open", 5), 2)};
    SECTION("by a later second") {
        running.apply(tie);
        CHECK(running.queue().refetches_size() == 1);
        CHECK(running.apply(with_total(make_event("evt_3", "open", 6), 3)).state() == Outcome::APPLIED);
    }
    SECTION("before it came") {
        running.apply(make_event("evt_3", "paid", 6));
        running.apply(tie);
    }
    SECTION("at once") {
        auto events = tie;
        events.push_back(make_event("evt_3", "paid", 6));
        running.apply(events);
    }
    CHECK(running.queue().refetches_size() == 0);
    CHECK_FALSE(running.database.invoices().at("in_test").provenance().refetch_needed());
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

TEST_CASE("a tie that an event leaves behind for another one stays") {
    Running running;
    running.apply({with_total(make_event("evt_1", "open", 5), 1), with_total(make_event("evt_2", "open", 5), 2)});
    running.apply({with_total(make_event("evt_3", "paid", 5), 1), with_total(make_event("evt_4", "paid", 5), 2)});
    CHECK(running.queue().refetches_size() == 1);
    running.apply(with_total(answer("1", "paid", 9), 2));
    CHECK(running.queue().refetches_size() == 0);
}

TEST_CASE("an event that leaves a tie behind without its lines leaves the lines to be asked for") {
    Running running;
    running.apply({with_total(make_event("evt_1", "open", 5), 1), with_total(make_event("evt_2", "open", 5), 2)});
    auto incomplete = make_event("evt_3", "paid", 6);
    incomplete.mutable_invoice()->set_lines_complete(false);
    running.apply(incomplete);
    REQUIRE(running.queue().refetches_size() == 1);
    CHECK(running.queue().refetches(0).reason() == "lines");
}

TEST_CASE("a credit note is asked for whatever becomes of a tie beside it") {
    const auto tie = std::vector<v1::InvoiceEvent>{with_total(make_event("evt_1", "open", 5), 1),
                                                   with_total(make_event("evt_2", "open", 5), 2)};
    v1::InvoiceEvent note;
    note.set_event_id("evt_note");
    note.set_type("credit_note.created");
    note.set_account("default");
    note.set_object_id("cn_1");
    note.mutable_event_time()->set_seconds(make_event("evt_1", "open", GENERATE(4, 5, 7)).event_time().seconds());
    note.mutable_payment_fact()->set_kind(v1::PaymentFact::CREDIT_NOTE);
    note.mutable_payment_fact()->set_object_id("cn_1");
    note.mutable_payment_fact()->set_stripe_invoice_id("in_test");
    Running running;
    SECTION("that came first") {
        running.apply(tie);
        running.apply(note);
    }
    SECTION("that came later") {
        running.apply(make_event("evt_0", "draft", 1));
        running.apply(note);
        running.apply(tie);
    }
    REQUIRE(running.queue().refetches_size() == 1);
    CHECK(running.queue().refetches(0).reason() == "credit_note");
    running.apply(make_event("evt_3", "paid", 9));
    REQUIRE(running.queue().refetches_size() == 1);
    running.apply(answer("1", "paid", 12));
    CHECK(running.queue().refetches_size() == 0);
}

TEST_CASE("an answer that is overtaken by a newer event still is one") {
    Running running;
    auto event = make_event("evt_1", "open", 5);
    event.mutable_invoice()->set_lines_complete(false);
    running.apply(event);
    running.apply(make_event("evt_2", "paid", 8));
    CHECK(running.queue().refetches_size() == 1);
    CHECK(running.apply(answer("1", "open", 7)).state() == Outcome::STALE);
    CHECK(running.queue().refetches_size() == 0);
    CHECK(running.database.invoices().at("in_test").status() == "paid");
}

TEST_CASE("missing lines are asked for once, also in the second of their event") {
    Running running;
    auto event = make_event("evt_1", "open", 5);
    event.mutable_invoice()->set_lines_complete(false);
    CHECK(running.apply(event).refetch_stripe_invoice_id() == "in_test");
    CHECK(running.queue().refetches(0).reason() == "lines");
    // An answer that does not know them all leaves it there.
    auto incomplete = answer("1", "open", 5, 100'000'000);
    incomplete.mutable_invoice()->set_lines_complete(false);
    CHECK(running.apply(incomplete).refetch_stripe_invoice_id().empty());
    CHECK(running.queue().refetches_size() == 1);
    running.apply(answer("2", "open", 5));
    CHECK(running.queue().refetches_size() == 0);
    CHECK(running.database.invoices().at("in_test").lines_complete());
}

TEST_CASE("an answer that is older than the doubt settles nothing") {
    Running running;
    auto event = make_event("evt_1", "open", 8);
    event.mutable_invoice()->set_lines_complete(false);
    running.apply(event);
    CHECK(running.apply(answer("1", "open", 7)).state() == Outcome::STALE);
    CHECK(running.queue().refetches_size() == 1);
}

TEST_CASE("a deleted draft is not asked for, and leaves the queue") {
    Running running;
    running.apply({with_total(make_event("evt_1", "draft", 5), 1), with_total(make_event("evt_2", "draft", 5), 2)});
    CHECK(running.queue().refetches_size() == 1);
    auto deleted = make_event("evt_3", "deleted", 5);
    deleted.mutable_invoice()->set_lines_complete(false);
    CHECK(running.apply(deleted).refetch_stripe_invoice_id().empty());
    CHECK(running.queue().refetches_size() == 0);
}

TEST_CASE("every order of ties, lines and answers ends in the same row, and a last answer empties the queue") {
    std::vector<v1::InvoiceEvent> events = {
        with_total(make_event("evt_1", "open", 5), 1), with_total(make_event("evt_2", "open", 5), 2),
        with_total(answer("1", "open", 6), 3), with_total(make_event("evt_3", "open", 6), 4),
        make_event("evt_4", "open", 4)};
    events.back().mutable_invoice()->set_lines_complete(false);
    Running running;
    std::vector<std::size_t> order = {0, 1, 2, 3, 4};
    int lives = 0;
    std::vector<v1::InvoiceEvent> last;
    do {
        const auto name = "in_" + std::to_string(++lives);
        for (const auto i : order) {
            auto event = events[i];
            event.set_event_id(event.event_id() + "_" + name);
            event.set_object_id(name);
            event.mutable_invoice()->set_stripe_invoice_id(name);
            running.apply(event);
        }
        auto final_answer = answer("final_" + name, "open", 20);
        final_answer.mutable_invoice()->set_stripe_invoice_id(name);
        last.push_back(final_answer);
    } while (std::next_permutation(order.begin(), order.end()));
    for (const auto& [name, stored] : running.database.invoices()) {
        INFO(name);
        CHECK(stored.total_minor() == 3);
        // One event of the answer's own second says something else: it may be older than the answer or newer.
        CHECK(stored.provenance().refetch_needed());
    }
    v1::ListRefetchesRequest page;
    page.set_page_size(100);
    CHECK(running.queue(page).total_size() == lives);
    CHECK(running.queue(page).refetches_size() == 100);
    for (std::size_t from = 0; from < last.size(); from += 40)
        running.apply(std::vector<v1::InvoiceEvent>(last.begin() + static_cast<std::ptrdiff_t>(from),
                                                    last.begin() + static_cast<std::ptrdiff_t>(from + 40)));
    CHECK(running.queue().total_size() == 0);
}

TEST_CASE("the queue is listed by account, and by how long an invoice has waited") {
    Running running;
    for (const char* account : {"default", "berlin"}) {
        auto event = make_event("evt_1", "open", 5);
        event.set_account(account);
        event.mutable_invoice()->set_lines_complete(false);
        running.apply(event);
    }
    v1::ListRefetchesRequest request;
    request.set_account("berlin");
    REQUIRE(running.queue(request).refetches_size() == 1);
    CHECK(running.queue(request).refetches(0).account() == "berlin");
    request.set_waited_ms(3'600'000);
    CHECK(running.queue(request).refetches_size() == 0);
    running.database.run("UPDATE refetches SET since = since - interval '2 hours'");
    CHECK(running.queue(request).refetches_size() == 1);

    request.set_waited_ms(-1);
    request.set_page_size(101);
    v1::ListRefetchesResponse response;
    const auto status = running.client.call(&v1::InvoiceStore::Stub::ListRefetches, request, response);
    CHECK(rpc::detail_of(status).fields_size() == 2);
}

TEST_CASE("a cursor moves from where the caller believes it to be, or not at all") {
    Running running;
    const auto move = [&](const std::string& expected, const std::string& value) {
        v1::MoveCursorRequest request;
        request.set_name("events/default");
        request.set_expected(expected);
        request.set_value(value);
        v1::Cursor cursor;
        return running.client.call(&v1::InvoiceStore::Stub::MoveCursor, request, cursor).error_code();
    };
    const auto get = [&] {
        v1::GetCursorRequest request;
        request.set_name("events/default");
        v1::Cursor cursor;
        REQUIRE(running.client.call(&v1::InvoiceStore::Stub::GetCursor, request, cursor).ok());
        return cursor;
    };
    CHECK(get().value().empty());
    CHECK_FALSE(get().has_move_time());
    CHECK(move("evt_1", "evt_2") == grpc::StatusCode::ABORTED);
    CHECK(move("", "evt_1") == grpc::StatusCode::OK);
    CHECK(move("", "evt_9") == grpc::StatusCode::ABORTED);
    CHECK(move("evt_1", "evt_2") == grpc::StatusCode::OK);
    CHECK(get().value() == "evt_2");
    CHECK(get().has_move_time());
    CHECK(move("evt_2", "") == grpc::StatusCode::OK);
    CHECK(move("", "evt_3") == grpc::StatusCode::OK);

    v1::MoveCursorRequest bad;
    bad.set_value(std::string(10'001, 'x'));
    v1::Cursor cursor;
    const auto status = running.client.call(&v1::InvoiceStore::Stub::MoveCursor, bad, cursor);
    CHECK(rpc::detail_of(status).fields_size() == 2);
}

TEST_CASE("of many that move a cursor at once one wins each step") {
    Running running;
    constexpr int kSteps = 20;
    constexpr int kReplicas = 4;
    std::atomic<int> moved = 0;
    std::atomic<int> other = 0;
    std::vector<std::thread> replicas;
    for (int replica = 0; replica < kReplicas; ++replica)
        replicas.emplace_back([&, replica] {
            test::StoreClient client(running.server.stub());
            for (int step = 0; step < kSteps; ++step) {
                v1::MoveCursorRequest request;
                request.set_name("race/" + std::to_string(step));
                request.set_value(std::to_string(replica));
                v1::Cursor cursor;
                const auto code = client.call(&v1::InvoiceStore::Stub::MoveCursor, request, cursor).error_code();
                if (code == grpc::StatusCode::OK) ++moved;
                if (code != grpc::StatusCode::OK && code != grpc::StatusCode::ABORTED) ++other;
            }
        });
    for (auto& replica : replicas) replica.join();
    CHECK(moved == kSteps);
    CHECK(other == 0);
}
