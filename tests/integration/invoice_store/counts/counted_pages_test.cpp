// Numbered pages at any depth, which the tree of counts finds, are those that skipping row by row finds; and totals of
// ranges of time are what a count says.
#include <algorithm>
#include <catch2/catch.hpp>

#include "integration/invoice_store/lists/filled_table.hpp"
#include "invoice_store/api/invoice_handlers.hpp"
#include "invoice_store/invoices/invoice_id.hpp"
#include "invoice_store/lists/list_reader.hpp"
#include "invoice_store/lists/team_lists.hpp"

using namespace quittance;

namespace {

using test::FilledTable;

struct Filled {
    FilledTable table;
    std::unique_ptr<pqxx::connection> reads = table.database().connect();

    Filled() { invoice_store::prepare_reads(*reads); }

    v1::ListInvoicesResponse list(const v1::ListInvoicesRequest& request) const {
        auto response = invoice_store::list_invoices(*reads, request);
        REQUIRE(response.has_value());
        return std::move(*response);
    }
};

void check_page(const v1::ListInvoicesResponse& response, const std::vector<std::string>& expected, std::size_t skip,
                std::size_t size) {
    const auto from = std::min(skip, expected.size());
    const auto to = std::min(skip + size, expected.size());
    REQUIRE(static_cast<std::size_t>(response.invoices_size()) == to - from);
    for (std::size_t i = from; i < to; ++i) REQUIRE(response.invoices(static_cast<int>(i - from)).id() == expected[i]);
    CHECK(response.next_page_token().empty() == (to == expected.size()));
}

// Every page of `size`, two beyond the end and one far beyond it.
void check_all_pages(const Filled& filled, v1::ListInvoicesRequest request, const std::vector<std::string>& expected,
                     std::size_t size) {
    request.set_page_size(static_cast<int>(size));
    for (std::size_t page = 1; page <= expected.size() / size + 3; ++page) {
        request.set_page(static_cast<std::int64_t>(page));
        request.set_with_total(page % 50 == 1);
        const auto response = filled.list(request);
        INFO("page " << page);
        check_page(response, expected, (page - 1) * size, size);
        if (request.with_total()) CHECK(response.total_size() == static_cast<std::int64_t>(expected.size()));
    }
    request.set_page(1'000'000'000'000);
    request.set_with_total(true);
    CHECK(filled.list(request).invoices_size() == 0);
    CHECK(filled.list(request).total_size() == static_cast<std::int64_t>(expected.size()));
}

std::string hex(std::int64_t second) {
    return invoice_store::id_prefix(second);
}

}  // namespace

TEST_CASE("every numbered page of every list that is counted") {
    Filled filled;
    REQUIRE(test::wrong_counts(filled.table.database()).empty());
    // Deep enough to tell invoices of one second apart.
    REQUIRE(filled.table.database().value("SELECT max(length(prefix)) >= 8 FROM invoice_count_splits") == "t");

    struct Range {
        std::int64_t from, to;  // seconds after the first invoice's; -1: open
    };
    const Range ranges[] = {{-1, -1},
                            {20'000'000, -1},
                            {-1, 45'000'000},
                            {20'000'000, 80'000'000},
                            {40'000'000, 40'000'001},
                            {40'000'000, 40'000'000},
                            {39'999'999, 60'001'800},
                            {60'000'900, 60'003'000},
                            {80'000'000, 20'000'000},
                            {89'999'999, -1},
                            {-1, 0}};
    const std::string teams[] = {"", FilledTable::big_team(), FilledTable::small_team(3)};
    for (const auto& team : teams) {
        for (const auto& range : ranges) {
            INFO("team " << team << ", seconds " << range.from << " to " << range.to);
            v1::ListInvoicesRequest request;
            std::string condition = "true";
            if (!team.empty()) {
                request.mutable_filter()->set_team_id(team);
                condition += " AND team_id = '" + team + "'";
            }
            if (range.from >= 0) {
                request.mutable_filter()->mutable_created_from()->set_seconds(test::kCreateSecond + range.from);
                condition += " AND id >= '" + hex(test::kCreateSecond + range.from) + "'";
            }
            if (range.to >= 0) {
                request.mutable_filter()->mutable_created_to()->set_seconds(test::kCreateSecond + range.to);
                condition += " AND id < '" + hex(test::kCreateSecond + range.to) + "'";
            }
            const bool open = range.from < 0 && range.to < 0;
            check_all_pages(filled, request, filled.table.ids(condition), open ? 20 : 100);
        }
    }
}

TEST_CASE("pages of several teams, by cursor and by number") {
    Filled filled;
    v1::ListInvoicesRequest request;
    std::string condition = "team_id IN ('none'";
    for (int i = 0; i < FilledTable::kSmallTeams; i += 2) {
        request.mutable_scope()->add_team_ids(FilledTable::small_team(i));
        request.mutable_scope()->add_team_ids(FilledTable::small_team(i));  // twice is once
        condition += ", '" + FilledTable::small_team(i) + "'";
    }
    request.mutable_scope()->add_team_ids(FilledTable::big_team());
    condition += ", '" + FilledTable::big_team() + "')";
    const auto expected = filled.table.ids(condition);

    request.set_page_size(100);
    std::vector<std::string> walked;
    do {
        const auto response = filled.list(request);
        for (const auto& invoice : response.invoices()) walked.push_back(invoice.id());
        request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
    CHECK(walked == expected);

    request.clear_page_token();
    request.set_with_total(true);
    for (const std::int64_t page : {1, 2, 17, 150, 1'000'000}) {
        request.set_page(page);
        const auto response = filled.list(request);
        check_page(response, expected, static_cast<std::size_t>(page - 1) * 100, 100);
        CHECK(response.total_size() == static_cast<std::int64_t>(expected.size()));
    }
    // The total of a range of time is the sum of the teams'.
    request.mutable_filter()->mutable_created_from()->set_seconds(test::kCreateSecond + 39'000'000);
    request.mutable_filter()->mutable_created_to()->set_seconds(test::kCreateSecond + 60'002'000);
    CHECK(filled.list(request).total_size() ==
          static_cast<std::int64_t>(filled.table
                                        .ids(condition + " AND id >= '" + hex(test::kCreateSecond + 39'000'000) +
                                             "' AND id < '" + hex(test::kCreateSecond + 60'002'000) + "'")
                                        .size()));
}

TEST_CASE("a filter by account, alone and with others") {
    Filled filled;
    v1::ListInvoicesRequest request;
    request.set_with_total(true);
    request.mutable_filter()->set_account("elsewhere");
    CHECK(filled.list(request).total_size() == 0);
    CHECK(filled.list(request).invoices_size() == 0);
    request.mutable_filter()->set_account("default");
    request.mutable_filter()->set_team_id(FilledTable::small_team(1));
    request.set_page_size(100);
    const auto expected = filled.table.ids("team_id = '" + FilledTable::small_team(1) + "'");
    const auto response = filled.list(request);
    check_page(response, expected, 0, 100);
    CHECK(response.total_size() == static_cast<std::int64_t>(expected.size()));
}

TEST_CASE("a team's last invoice and its billing history, within the scope alone") {
    Filled filled;
    const auto team = FilledTable::big_team();
    const auto expected = filled.table.ids("team_id = '" + team + "'");
    v1::GetLastInvoiceRequest last;
    last.set_team_id(team);
    CHECK(invoice_store::last_invoice(*filled.reads, last)->id() == expected.front());
    last.mutable_scope()->add_team_ids(team);
    CHECK(invoice_store::last_invoice(*filled.reads, last)->id() == expected.front());

    v1::GetBillingHistoryRequest history;
    history.set_team_id(team);
    const auto size = static_cast<std::int64_t>(expected.size());
    const auto pages = (size - 1) / 10 + 1;
    for (const std::int64_t page : {std::int64_t{0}, std::int64_t{2}, pages / 2, pages, pages + 1}) {
        history.set_page(page);
        const auto answer = invoice_store::billing_history(*filled.reads, history);
        REQUIRE(answer.has_value());
        CHECK(answer->page() == std::max<std::int64_t>(page, 1));
        CHECK(answer->page_size() == 10);
        CHECK(answer->total_size() == size);
        CHECK(answer->total_pages() == pages);
        const auto skip = (answer->page() - 1) * 10;
        REQUIRE(answer->invoices_size() == std::clamp<std::int64_t>(size - skip, 0, 10));
        for (int i = 0; i < answer->invoices_size(); ++i)
            CHECK(answer->invoices(i).id() == expected[static_cast<std::size_t>(skip + i)]);
    }

    // Somebody else's team, and one without invoices.
    last.mutable_scope()->set_team_ids(0, FilledTable::small_team(2));
    const auto refused = invoice_store::last_invoice(*filled.reads, last);
    REQUIRE(refused.has_error());
    CHECK(refused.error().error_code() == grpc::StatusCode::NOT_FOUND);
    CHECK(rpc::detail_of(refused.error()).reason() == "invoice_not_found");
    history.set_page(1);
    history.mutable_scope()->add_team_ids(FilledTable::small_team(2));
    const auto empty = invoice_store::billing_history(*filled.reads, history);
    REQUIRE(empty.has_value());
    CHECK(empty->invoices_size() == 0);
    CHECK(empty->total_size() == 0);
    CHECK(empty->total_pages() == 1);
}
