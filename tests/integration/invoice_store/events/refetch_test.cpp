// The queue of invoices that Stripe has to be asked for: what puts one there, what takes it away, in whatever order.
#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

#include "integration/invoice_store/events/refetching_store.hpp"
#include "rpc/status.hpp"

using namespace quittance;
using test::answer;
using test::make_event;
using test::with_total;
using Running = test::RefetchingStore;
using Outcome = v1::EventOutcome;

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
