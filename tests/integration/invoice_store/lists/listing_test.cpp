// Lists: order, pages by number and by cursor, filters, totals, scope.
#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <vector>

#include "integration/invoice_store/store_database.hpp"
#include "invoice_store/api/invoice_handlers.hpp"
#include "invoice_store/events/batch_transaction.hpp"
#include "invoice_store/invoices/invoice_upsert.hpp"
#include "invoice_store/invoices/merge.hpp"
#include "invoice_store/invoices/snapshot.hpp"
#include "invoice_store/lists/list_reader.hpp"
#include "support/read_through.hpp"
#include "unit/invoice_store/generated_events.hpp"

using namespace quittance;

namespace {

const std::string kTeamA(24, 'a');
const std::string kTeamB(24, 'b');
const std::string kUser(24, '1');

// 60 invoices, several of each second: team A has those divisible by 3, B by 5 (and not 3); every 7th is paid, every
// 11th is a deleted draft.
class Listed {
  public:
    Listed() : reads_(database_.connect()) {
        const auto writes = database_.connect();
        invoice_store::prepare_batches(*writes);
        invoice_store::prepare_reads(*reads_);
        std::vector<v1::Invoice> snapshots;
        for (int i = 0; i < 60; ++i) {
            const std::string status = i % 11 == 0 ? "deleted" : i % 7 == 0 ? "paid" : "open";
            auto event = test::make_event("evt_" + std::to_string(i), status, 100, "in_" + std::to_string(i));
            auto& invoice = *event.mutable_invoice();
            invoice.mutable_create_time()->set_seconds(test::kCreateSecond + i / 4);
            invoice.set_stripe_customer_id("cus_" + std::to_string(i % 2));
            invoice.set_subtotal_minor(3'200);
            invoice.set_tax_minor(100);
            invoice.set_attempt_count(2);
            invoice.mutable_last_payment_attempt_time()->set_seconds(test::kCreateSecond + 60);
            invoice.mutable_period_start()->set_seconds(test::kCreateSecond - 60);
            invoice.mutable_period_end()->set_seconds(test::kCreateSecond);
            invoice.set_invoice_pdf_url("https://pay.example/in_" + std::to_string(i) + "/pdf");
            invoice.set_subscription_id("sub_1");
            auto& line = *invoice.add_lines();
            line.set_id("il_" + std::to_string(i));
            line.set_amount_minor(3'200);
            (*line.mutable_metadata())["of"] = "the line";
            auto& metadata = *invoice.mutable_metadata();
            if (i % 3 == 0) metadata["team_id"] = kTeamA;
            if (i % 3 != 0 && i % 5 == 0) metadata["team_id"] = kTeamB;
            if (i % 4 == 0) metadata["user_id"] = kUser;
            snapshots.push_back(invoice_store::snapshot_of(event));
        }
        std::sort(snapshots.begin(), snapshots.end(),
                  [](const auto& left, const auto& right) { return left.id() < right.id(); });
        pqxx::work transaction(*writes);
        invoice_store::InvoiceCounts counts(0);
        invoice_store::write_invoices(transaction, snapshots, counts);
        transaction.commit();
        std::reverse(snapshots.begin(), snapshots.end());
        for (auto& snapshot : snapshots)
            if (snapshot.status() != "deleted") newest_first_.push_back(std::move(snapshot));
    }

    // Alone, and the same among others that wait.
    rpc::Result<v1::ListInvoicesResponse> list(const v1::ListInvoicesRequest& request) {
        auto alone = invoice_store::list_invoices(*reads_, request);
        v1::ListInvoicesRequest other;
        other.mutable_filter()->set_team_id(kTeamB);
        const auto together = list_together({&request, &other, &request, &other});
        REQUIRE(together.size() == 4);
        CHECK(said(together[0]) == said(alone));
        CHECK(said(together[2]) == said(alone));
        CHECK(said(together[1]) == said(invoice_store::list_invoices(*reads_, other)));
        auto serialised = request;
        serialised.set_serialised(true);
        CHECK(said_serialised(invoice_store::list_invoices(*reads_, serialised)) == said(alone));
        const auto serialised_together = list_together({&serialised, &other, &serialised});
        REQUIRE(serialised_together.size() == 3);
        CHECK(said_serialised(serialised_together[0]) == said(alone));
        CHECK(said_serialised(serialised_together[2]) == said(alone));
        return alone;
    }

    std::vector<rpc::Result<v1::ListInvoicesResponse>> list_together(
        const std::vector<const v1::ListInvoicesRequest*>& requests) {
        invoice_store::ListReader reader;
        auto answers = reader.read(*reads_, requests);
        REQUIRE(answers.size() == requests.size());
        return answers;
    }

    static std::string said(const rpc::Result<v1::ListInvoicesResponse>& answer) {
        return answer.has_error() ? answer.error().error_details() : answer->DebugString();
    }

    static std::string said_serialised(const rpc::Result<v1::ListInvoicesResponse>& answer) {
        if (answer.has_error()) return said(answer);
        CHECK(answer->invoices().empty());
        return test::read_through(*answer).DebugString();
    }

    // The ids of a page, which must be an answer.
    std::vector<std::string> page(const v1::ListInvoicesRequest& request) {
        const auto response = list(request);
        REQUIRE(response.has_value());
        return ids(*response);
    }

    static std::vector<std::string> ids(const v1::ListInvoicesResponse& response) {
        std::vector<std::string> found;
        for (const auto& invoice : response.invoices()) found.push_back(invoice.id());
        return found;
    }

    template <class Predicate>
    std::vector<std::string> expected(Predicate predicate) const {
        std::vector<std::string> found;
        for (const auto& invoice : newest_first_)
            if (predicate(invoice)) found.push_back(invoice.id());
        return found;
    }

    std::vector<std::string> all() const {
        return expected([](const auto&) { return true; });
    }

    const std::vector<v1::Invoice>& newest_first() const { return newest_first_; }
    pqxx::connection& connection() { return *reads_; }

  private:
    test::StoreDatabase database_;
    std::unique_ptr<pqxx::connection> reads_;
    std::vector<v1::Invoice> newest_first_;
};

std::vector<std::string> slice(const std::vector<std::string>& list, std::size_t from, std::size_t size) {
    from = std::min(from, list.size());
    size = std::min(size, list.size() - from);
    const auto begin = list.begin() + static_cast<std::ptrdiff_t>(from);
    return {begin, begin + static_cast<std::ptrdiff_t>(size)};
}

}  // namespace

TEST_CASE("numbered pages, newest first, with the total of all matches") {
    Listed listed;
    const auto all = listed.all();
    v1::ListInvoicesRequest request;
    request.set_with_total(true);
    for (const int page_size : {0, 1, 7, 10, 20, 100}) {
        request.set_page_size(page_size);
        const auto size = static_cast<std::size_t>(page_size == 0 ? 10 : page_size);
        for (std::size_t page = 1; page <= all.size() / size + 2; ++page) {
            request.set_page(static_cast<std::int64_t>(page));
            const auto response = listed.list(request);
            REQUIRE(response.has_value());
            CHECK(Listed::ids(*response) == slice(all, (page - 1) * size, size));
            CHECK(response->total_size() == static_cast<std::int64_t>(all.size()));
            CHECK(response->next_page_token().empty() == (page * size >= all.size()));
        }
    }
    request.set_page(9'223'372'036'854'775'807);
    const auto past = listed.list(request);
    CHECK(past->invoices_size() == 0);
    CHECK(past->total_size() == static_cast<std::int64_t>(all.size()));
}

TEST_CASE("cursors walk the whole list, whatever the page size") {
    Listed listed;
    for (const int page_size : {1, 3, 10, 50, 100}) {
        v1::ListInvoicesRequest request;
        request.set_page_size(page_size);
        std::vector<std::string> walked;
        do {
            const auto response = listed.list(request);
            REQUIRE(response.has_value());
            for (auto& id : Listed::ids(*response)) walked.push_back(id);
            request.set_page_token(response->next_page_token());
        } while (!request.page_token().empty());
        CHECK(walked == listed.all());
    }
}

TEST_CASE("a list goes on after an invoice, by our id or Stripe's") {
    Listed listed;
    const auto all = listed.all();
    const auto of_team = [](const std::string& team) {
        return [team](const v1::Invoice& invoice) { return invoice.team_id() == team; };
    };
    const auto of_a = listed.expected(of_team(kTeamA));
    const auto of_b = listed.expected(of_team(kTeamB));
    for (const int page_size : {5, 10}) {  // one whose lists share a statement, one whose do not
        INFO(page_size);
        const auto size = static_cast<std::size_t>(page_size);
        v1::ListInvoicesRequest request;
        request.set_page_size(page_size);
        request.set_after_id(all[12]);
        CHECK(listed.page(request) == slice(all, 13, size));
        request.set_after_id(listed.newest_first()[12].stripe_invoice_id());
        CHECK(listed.page(request) == slice(all, 13, size));
        request.set_after_id(all.back());
        CHECK(listed.page(request).empty());
        for (const auto* nobodys : {"in_of_nobody", "ffffffffffffffffffffffff"}) {
            request.set_after_id(nobodys);
            auto refused = listed.list(request);
            REQUIRE(refused.has_error());
            CHECK(refused.error().error_code() == grpc::StatusCode::INVALID_ARGUMENT);
            CHECK(rpc::detail_of(refused.error()).fields(0).field() == "after_id");
        }
        // One that exists, but not for this caller.
        request.mutable_scope()->add_team_ids(kTeamA);
        request.set_after_id(of_b.front());
        CHECK(listed.list(request).has_error());
        request.set_after_id(of_a.front());
        CHECK(listed.page(request) == slice(of_a, 1, size));
        // What the caller may see counts, not what the list shows.
        request.mutable_scope()->add_team_ids(kTeamB);
        request.mutable_filter()->set_team_id(kTeamB);
        const auto expected = listed.expected(
            [&](const v1::Invoice& invoice) { return invoice.team_id() == kTeamB && invoice.id() < of_a.front(); });
        CHECK(listed.page(request) == slice(expected, 0, size));
        request.mutable_scope()->set_all_teams(true);
        CHECK(listed.page(request) == slice(expected, 0, size));
        request.clear_scope();
        CHECK(listed.page(request) == slice(expected, 0, size));
    }
}

TEST_CASE("a page token serves its own list alone") {
    Listed listed;
    v1::ListInvoicesRequest request;
    request.set_page_size(5);
    const auto token = listed.list(request)->next_page_token();
    for (const std::string& bad :
         {std::string("x"), std::string("!!!!"), token + "A", token.substr(1), std::string(500, 'A')}) {
        request.set_page_token(bad);
        REQUIRE(listed.list(request).has_error());
        CHECK(rpc::detail_of(listed.list(request).error()).fields(0).field() == "page_token");
    }
    request.set_page_token(token);
    CHECK(listed.page(request) == slice(listed.all(), 5, 5));
    request.mutable_filter()->set_status("open");
    CHECK(listed.list(request).has_error());
}

TEST_CASE("filters, alone and together, with their totals") {
    Listed listed;
    struct Case {
        std::string status, team, user, customer;
        std::int64_t from, to;  // seconds after the first; -1: unset
    };
    const auto filter = GENERATE(
        Case{"", "", "", "", -1, -1}, Case{"open", "", "", "", -1, -1}, Case{"paid", "", "", "", -1, -1},
        Case{"deleted", "", "", "", -1, -1}, Case{"", kTeamA, "", "", -1, -1}, Case{"paid", kTeamA, "", "", -1, -1},
        Case{"", "", kUser, "", -1, -1}, Case{"", "", "", "cus_1", -1, -1}, Case{"", "", "", "", 3, -1},
        Case{"", "", "", "", -1, 9}, Case{"", "", "", "", 3, 9}, Case{"open", kTeamB, "", "cus_0", 1, 14},
        Case{"", kTeamB, kUser, "", -1, -1}, Case{"", "", "", "", 9, 3});
    v1::ListInvoicesRequest request;
    request.set_page_size(100);
    request.set_with_total(true);
    request.mutable_filter()->set_status(filter.status);
    request.mutable_filter()->set_team_id(filter.team);
    request.mutable_filter()->set_user_id(filter.user);
    request.mutable_filter()->set_stripe_customer_id(filter.customer);
    if (filter.from >= 0)
        request.mutable_filter()->mutable_created_from()->set_seconds(test::kCreateSecond + filter.from);
    if (filter.to >= 0) request.mutable_filter()->mutable_created_to()->set_seconds(test::kCreateSecond + filter.to);
    const auto expected = listed.expected([&](const v1::Invoice& invoice) {
        const auto second = invoice.create_time().seconds() - test::kCreateSecond;
        return (filter.status.empty() || invoice.status() == filter.status) &&
               (filter.team.empty() || invoice.team_id() == filter.team) &&
               (filter.user.empty() || invoice.user().id() == filter.user) &&
               (filter.customer.empty() || invoice.stripe_customer_id() == filter.customer) &&
               (filter.from < 0 || second >= filter.from) && (filter.to < 0 || second < filter.to);
    });
    const auto response = listed.list(request);
    REQUIRE(response.has_value());
    CHECK(Listed::ids(*response) == expected);
    CHECK(response->total_size() == static_cast<std::int64_t>(expected.size()));
    // A page in the middle, prepared and not.
    for (const int page_size : {10, 4}) {
        request.set_page_size(page_size);
        request.set_page(2);
        CHECK(listed.page(request) ==
              slice(expected, static_cast<std::size_t>(page_size), static_cast<std::size_t>(page_size)));
    }
}

TEST_CASE("times outside of what an id can say") {
    Listed listed;
    v1::ListInvoicesRequest request;
    request.set_page_size(100);
    request.mutable_filter()->mutable_created_from()->set_seconds(-5);
    request.mutable_filter()->mutable_created_to()->set_seconds(253'402'300'799);
    CHECK(listed.page(request) == listed.all());
    request.mutable_filter()->mutable_created_from()->set_seconds(253'402'300'799);
    CHECK(listed.page(request).empty());
    // A fraction of a second after the start leaves the invoices of that second out.
    request.mutable_filter()->mutable_created_from()->set_seconds(test::kCreateSecond + 5);
    request.mutable_filter()->mutable_created_from()->set_nanos(1);
    CHECK(listed.page(request) == listed.expected([](const v1::Invoice& invoice) {
        return invoice.create_time().seconds() > test::kCreateSecond + 5;
    }));
}

TEST_CASE("a scope shows its teams' invoices and no other, in every way to ask") {
    Listed listed;
    const auto of = [&](const std::set<std::string>& teams) {
        return listed.expected([&](const v1::Invoice& invoice) { return teams.contains(invoice.team_id()); });
    };
    v1::ListInvoicesRequest request;
    request.set_page_size(100);
    request.set_with_total(true);
    auto check = [&](const std::vector<std::string>& expected) {
        const auto response = listed.list(request);
        REQUIRE(response.has_value());
        CHECK(Listed::ids(*response) == expected);
        CHECK(response->total_size() == static_cast<std::int64_t>(expected.size()));
    };
    request.mutable_scope();  // names nobody: sees nothing
    check({});
    request.mutable_scope()->add_team_ids("no team id,*");
    check({});
    request.mutable_scope()->add_team_ids(kTeamA);
    check(of({kTeamA}));
    request.mutable_scope()->add_team_ids(kTeamB);
    check(of({kTeamA, kTeamB}));
    request.mutable_filter()->set_team_id(kTeamB);
    check(of({kTeamB}));
    request.mutable_filter()->set_team_id(std::string(24, 'c'));
    check({});
    request.clear_filter();
    request.mutable_scope()->set_all_teams(true);
    check(listed.all());
}

TEST_CASE("views") {
    Listed listed;
    v1::ListInvoicesRequest request;
    CHECK(listed.list(request)->invoices(0).metadata_size() == 0);
    CHECK_FALSE(listed.list(request)->invoices(0).has_provenance());
    request.set_view(v1::VIEW_FULL);
    CHECK(listed.list(request)->invoices(0).has_provenance());
    auto newest = listed.newest_first().front();
    newest.set_settlement("none");  // nobody paid it
    CHECK(listed.list(request)->invoices(0).DebugString() == newest.DebugString());

    // Each of the others is the full one less what the proto says that it leaves out.
    const auto shown = [&](v1::View view) {
        request.set_view(view);
        return listed.list(request)->invoices(0);
    };
    auto basic = newest;
    basic.clear_lines();
    basic.clear_metadata();
    basic.clear_provenance();
    CHECK(shown(v1::VIEW_BASIC).DebugString() == basic.DebugString());
    CHECK(shown(v1::VIEW_UNSPECIFIED).DebugString() == basic.DebugString());
    CHECK(shown(static_cast<v1::View>(99)).DebugString() == newest.DebugString());  // of a caller newer than the store
    v1::Invoice summary;
    summary.set_id(newest.id());
    summary.set_stripe_invoice_id(newest.stripe_invoice_id());
    summary.set_account(newest.account());
    summary.set_livemode(newest.livemode());
    *summary.mutable_user() = newest.user();
    summary.set_status(newest.status());
    summary.set_currency(newest.currency());
    summary.set_amount_minor(newest.amount_minor());
    summary.set_amount_paid_minor(newest.amount_paid_minor());
    summary.set_invoice_pdf_url(newest.invoice_pdf_url());
    *summary.mutable_create_time() = newest.create_time();
    *summary.mutable_update_time() = newest.update_time();
    summary.set_settlement("none");
    CHECK(shown(v1::VIEW_SUMMARY).DebugString() == summary.DebugString());
    auto billing = summary;
    billing.clear_user();
    billing.set_stripe_customer_id(newest.stripe_customer_id());
    billing.set_subtotal_minor(newest.subtotal_minor());
    billing.set_tax_minor(newest.tax_minor());
    billing.set_attempt_count(newest.attempt_count());
    *billing.mutable_last_payment_attempt_time() = newest.last_payment_attempt_time();
    *billing.mutable_period_start() = newest.period_start();
    *billing.mutable_period_end() = newest.period_end();
    billing.set_subscription_id(newest.subscription_id());
    billing.add_lines()->set_id(newest.lines(0).id());  // all that the API shows of a line without a subscription
    billing.set_lines_complete(newest.lines_complete());
    CHECK(shown(v1::VIEW_BILLING).DebugString() == billing.DebugString());
}

TEST_CASE("lists that wait together are each answered as if alone") {
    Listed listed;
    std::vector<v1::ListInvoicesRequest> requests;
    const auto& invoices = listed.newest_first();
    for (int i = 0; i < 64; ++i) {
        auto& request = requests.emplace_back();
        if (i % 3 != 0) request.mutable_scope()->add_team_ids(i % 3 == 1 ? kTeamA : kTeamB);
        if (i % 8 == 7) request.mutable_scope()->add_team_ids(kTeamA);
        if (i % 5 == 0) request.mutable_filter()->set_status("paid");
        if (i % 7 == 0) request.mutable_filter()->set_user_id(kUser);
        request.set_page_size(i % 2 == 0 ? 10 : 20);
        request.set_with_total(i % 4 < 2);
        if (i % 4 == 1) request.set_after_id(invoices[static_cast<std::size_t>(i) % invoices.size()].id());
        if (i % 4 == 2) request.set_page(2);
        if (i % 16 == 3) request.set_page_token("none of ours");
        if (i % 6 < 4) request.set_view(invoice_store::kViews[static_cast<std::size_t>(i) % 6]);
    }
    std::vector<const v1::ListInvoicesRequest*> waiting;
    for (const auto& request : requests) waiting.push_back(&request);
    const auto together = listed.list_together(waiting);
    int refused = 0;
    int shown = 0;
    for (std::size_t i = 0; i < requests.size(); ++i) {
        INFO(requests[i].ShortDebugString());
        CHECK(Listed::said(together[i]) ==
              Listed::said(invoice_store::list_invoices(listed.connection(), requests[i])));
        refused += together[i].has_error() ? 1 : 0;
        shown += together[i].has_error() ? 0 : together[i]->invoices_size();
    }
    CHECK(refused >= 4);  // tokens of nobody's, invoices of other teams
    CHECK(shown > 100);
}
