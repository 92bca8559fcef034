// WatchInvoices through a running store: which watcher gets which changes, in which order, and that none is missing.
#include <catch2/catch.hpp>
#include <map>

#include "integration/invoice_store/changes/watching.hpp"
#include "integration/invoice_store/store_database.hpp"
#include "integration/invoice_store/store_server.hpp"
#include "rpc/status.hpp"
#include "unit/invoice_store/generated_events.hpp"

using namespace quittance;
using namespace std::chrono_literals;
using test::make_event;
using test::Watching;

namespace {

const std::string kTeam(24, 'a');
const std::string kOtherTeam(24, 'b');

struct Running {
    test::StoreDatabase database;
    test::StoreServer server{database.url()};
    test::StoreClient client{server.stub()};
    std::unique_ptr<v1::InvoiceStore::Stub> stub{server.stub()};
};

v1::WatchInvoicesRequest of_team(const std::string& team) {
    v1::WatchInvoicesRequest request;
    request.mutable_scope()->add_team_ids(team);
    return request;
}

v1::InvoiceEvent team_event(const std::string& event_id, const std::string& invoice, const std::string& team,
                            const std::string& status = "open", std::int64_t second = 1) {
    auto event = make_event(event_id, status, second, invoice);
    (*event.mutable_invoice()->mutable_metadata())["team_id"] = team;
    event.mutable_invoice()->add_lines()->set_id("il_" + invoice);
    return event;
}

}  // namespace

TEST_CASE("a watcher gets a sign of life first, and then each new change") {
    Running running;
    running.client.apply({make_event("evt_0", "open", 1, "in_before")});
    Watching watching(*running.stub, {});
    const auto first = watching.next();
    REQUIRE(first);
    CHECK_FALSE(first->has_invoice());
    CHECK_FALSE(first->resume_token().empty());

    running.client.apply({team_event("evt_1", "in_1", kTeam, "open")});
    const auto made = watching.change();
    REQUIRE(made);
    CHECK(made->invoice().stripe_invoice_id() == "in_1");
    CHECK(made->invoice().team_id() == kTeam);
    CHECK(made->invoice().lines_size() == 0);
    CHECK(made->status() == "open");
    CHECK(made->previous_status().empty());
    CHECK(made->change_time().seconds() > test::kCreateSecond);

    running.client.apply({team_event("evt_2", "in_1", kTeam, "paid", 2)});
    const auto paid = watching.change();
    REQUIRE(paid);
    CHECK(paid->status() == "paid");
    CHECK(paid->previous_status() == "open");
    CHECK(paid->resume_token() != made->resume_token());

    // An event that changes nothing makes no change.
    running.client.apply({team_event("evt_3", "in_1", kTeam, "open", 1)});
    running.client.apply({team_event("evt_4", "in_2", kTeam, "open", 1)});
    const auto next = watching.change();
    REQUIRE(next);
    CHECK(next->invoice().stripe_invoice_id() == "in_2");
}

TEST_CASE("changes in the full view have lines") {
    Running running;
    v1::WatchInvoicesRequest request;
    request.set_view(v1::VIEW_FULL);
    Watching watching(*running.stub, request);
    REQUIRE(watching.next());
    running.client.apply({team_event("evt_1", "in_1", kTeam)});
    const auto change = watching.change();
    REQUIRE(change);
    REQUIRE(change->invoice().lines_size() == 1);
    CHECK(change->invoice().lines(0).id() == "il_in_1");
}

TEST_CASE("a scope sees its own invoices arrive and leave, and no others") {
    Running running;
    Watching ours(*running.stub, of_team(kTeam));
    Watching theirs(*running.stub, of_team(kOtherTeam));
    v1::WatchInvoicesRequest of_none;
    of_none.mutable_scope();
    Watching nobody(*running.stub, of_none);
    REQUIRE(ours.next());
    REQUIRE(theirs.next());
    REQUIRE(nobody.next());
    running.client.apply({team_event("evt_1", "in_theirs", kOtherTeam)});
    running.client.apply({team_event("evt_2", "in_moving", kTeam)});
    const auto mine = ours.change();
    REQUIRE(mine);
    CHECK(mine->invoice().stripe_invoice_id() == "in_moving");

    // The customer is registered to the other team.
    v1::RegisterCustomerRequest request;
    request.mutable_customer()->set_stripe_customer_id("cus_test");
    request.mutable_customer()->mutable_user()->set_id(std::string(24, 'c'));
    request.mutable_customer()->mutable_user()->set_name("Ada");
    request.mutable_customer()->set_team_id(kOtherTeam);
    v1::Customer customer;
    REQUIRE(running.client.call(&v1::InvoiceStore::Stub::RegisterCustomer, request, customer).ok());

    const auto gone = ours.change();
    REQUIRE(gone);
    CHECK(gone->invoice().id() == mine->invoice().id());
    CHECK(gone->invoice().stripe_invoice_id().empty());
    CHECK(gone->invoice().status().empty());
    CHECK(gone->status().empty());
    CHECK(gone->previous_status() == "open");

    std::map<std::string, v1::WatchInvoicesResponse> seen;
    for (int i = 0; i < 3; ++i) {
        auto change = theirs.change();
        REQUIRE(change);
        seen[change->invoice().stripe_invoice_id()] = *change;
    }
    REQUIRE(seen.contains("in_moving"));
    CHECK(seen["in_moving"].status() == "open");
    CHECK(seen["in_moving"].previous_status().empty());
    CHECK(seen.contains("in_theirs"));

    nobody.cancel();
    CHECK_FALSE(nobody.change());
}

TEST_CASE("changes of overlapping transactions are sent when all have ended, in the order of their numbers") {
    Running running;
    for (int i = 1; i <= 3; ++i)
        running.client.apply({make_event("evt_" + std::to_string(i), "draft", 1, "in_" + std::to_string(i))});
    Watching watching(*running.stub, {});
    REQUIRE(watching.next());
    const auto change = [](pqxx::work& work, int invoice) {
        work.exec(
            "INSERT INTO invoice_changes (invoice_id, status, previous_status, team_id, previous_team_id)"
            " SELECT id, 'open', 'draft', '', '' FROM invoices WHERE stripe_invoice_id = 'in_" +
            std::to_string(invoice) + "'");
    };
    const auto one = running.database.connect();
    const auto two = running.database.connect();
    const auto three = running.database.connect();
    pqxx::work first(*one);
    pqxx::work second(*two);
    pqxx::work third(*three);
    first.exec("SELECT pg_current_xact_id()");
    SECTION("the first to draw commits last") {
        change(first, 1);
        change(second, 2);
        second.commit();
        change(third, 3);
        third.commit();
        first.commit();
        for (int i = 1; i <= 3; ++i) {
            const auto next = watching.change();
            REQUIRE(next);
            CHECK(next->invoice().stripe_invoice_id() == "in_" + std::to_string(i));
        }
    }
    SECTION("one with an older id draws after one with a younger id has committed") {
        second.exec("SELECT pg_current_xact_id()");
        change(third, 3);
        third.commit();
        change(second, 2);
        second.commit();
        change(first, 1);
        first.commit();
        for (int i = 3; i >= 1; --i) {
            const auto next = watching.change();
            REQUIRE(next);
            CHECK(next->invoice().stripe_invoice_id() == "in_" + std::to_string(i));
        }
    }
    SECTION("a number that is never used is not waited for") {
        change(first, 1);
        change(second, 2);
        second.commit();
        first.abort();
        const auto next = watching.change();
        REQUIRE(next);
        CHECK(next->invoice().stripe_invoice_id() == "in_2");
    }
}

TEST_CASE("without changes a watcher gets signs of life") {
    test::StoreDatabase database;
    test::StoreServerOptions options;
    options.watch.sign_of_life = 1s;
    test::StoreServer server(database.url(), options);
    const auto stub = server.stub();
    Watching watching(*stub, {});
    for (int i = 0; i < 3; ++i) {
        const auto sign = watching.next();
        REQUIRE(sign);
        CHECK_FALSE(sign->has_invoice());
        CHECK_FALSE(sign->resume_token().empty());
    }
}

TEST_CASE("an invoice is found by its creation key") {
    Running running;
    auto event = make_event("evt_1", "open", 1, "in_1");
    (*event.mutable_invoice()->mutable_metadata())["quittance_key"] = "order-77";
    (*event.mutable_invoice()->mutable_metadata())["quittance_hash"] = "abc";
    auto deleted = make_event("evt_2", "deleted", 1, "in_2");
    (*deleted.mutable_invoice()->mutable_metadata())["quittance_key"] = "order-78";
    running.client.apply({event, deleted, make_event("evt_3", "open", 1, "in_3")});
    const auto find = [&](const std::string& key, const std::string& account, v1::Invoice& invoice) {
        v1::FindByCreationKeyRequest request;
        request.set_idempotency_key(key);
        request.set_account(account);
        return running.client.call(&v1::InvoiceStore::Stub::FindByCreationKey, request, invoice);
    };
    v1::Invoice invoice;
    REQUIRE(find("order-77", "", invoice).ok());
    CHECK(invoice.stripe_invoice_id() == "in_1");
    CHECK(invoice.metadata().at("quittance_hash") == "abc");
    CHECK(find("order-77", "default", invoice).ok());
    for (const auto& [key, account] :
         {std::pair<std::string, std::string>{"order-77", "other"}, {"order-78", ""}, {"order", ""}, {"%", ""}}) {
        const auto status = find(key, account, invoice);
        CHECK(status.error_code() == grpc::StatusCode::NOT_FOUND);
        CHECK(rpc::detail_of(status).reason() == "invoice_not_found");
    }
    for (const auto& key : {std::string(), std::string(256, 'k'), std::string("a b"), std::string("a\0b", 3)})
        CHECK(find(key, "", invoice).error_code() == grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_CASE("an unknown creation key is NOT_FOUND only if no event of the last day can be missing") {
    Running running;
    auto event = make_event("evt_1", "open", 1, "in_1");
    (*event.mutable_invoice()->mutable_metadata())["quittance_key"] = "order-77";
    running.client.apply({event});
    const auto find = [&](const std::string& key, const std::string& account) {
        v1::FindByCreationKeyRequest request;
        request.set_idempotency_key(key);
        request.set_account(account);
        v1::Invoice invoice;
        return running.client.call(&v1::InvoiceStore::Stub::FindByCreationKey, request, invoice);
    };
    const auto followed = [&](const std::string& account, std::chrono::hours ago) {
        const auto time = std::chrono::system_clock::now() - ago;
        v1::MoveCursorRequest request;
        request.set_name("events/" + account);
        v1::Cursor cursor;
        v1::GetCursorRequest get;
        get.set_name(request.name());
        REQUIRE(running.client.call(&v1::InvoiceStore::Stub::GetCursor, get, cursor).ok());
        request.set_expected(cursor.value());
        request.set_value(
            std::to_string(std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count()));
        REQUIRE(running.client.call(&v1::InvoiceStore::Stub::MoveCursor, request, cursor).ok());
    };
    constexpr auto kUnknown = grpc::StatusCode::NOT_FOUND;
    constexpr auto kBehind = grpc::StatusCode::UNAVAILABLE;
    followed("default", std::chrono::hours(22));
    CHECK(find("order-78", "").error_code() == kUnknown);
    followed("default", std::chrono::hours(24));
    CHECK(find("order-78", "").error_code() == kBehind);
    CHECK(rpc::detail_of(find("order-78", "default")).reason() == "events_behind");
    CHECK(find("order-77", "").ok());
    // Each account is judged by itself. A request without an account means the default account, if there is one.
    CHECK(find("order-78", "other").error_code() == kUnknown);
    followed("other", std::chrono::hours(0));
    CHECK(find("order-78", "other").error_code() == kUnknown);
    CHECK(find("order-78", "").error_code() == kBehind);
    followed("default", std::chrono::hours(0));
    followed("other", std::chrono::hours(48));
    CHECK(find("order-78", "").error_code() == kUnknown);
    CHECK(find("order-78", "other").error_code() == kBehind);
}
