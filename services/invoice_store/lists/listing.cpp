// Pages and totals, read. Their statements: list_statement.hpp.
#include "invoice_store/lists/listing.hpp"

#include <string>

#include "invoice_store/counts/offset_lookup_sql.hpp"
#include "invoice_store/invoices/columns.hpp"
#include "invoice_store/invoices/invoice_lookup.hpp"
#include "invoice_store/lists/list_filter.hpp"
#include "invoice_store/lists/page_builder.hpp"
#include "invoice_store/lists/page_statements.hpp"
#include "invoice_store/lists/page_token.hpp"
#include "postgres/statements.hpp"

namespace quittance::invoice_store {
namespace {

constexpr const char* kTotals = "invoice_totals";
constexpr const char* kRangeTotal = "range_total";
constexpr const char* kTeamsRangeTotal = "range_total_of_teams";
constexpr std::int64_t kShortSkip = 100;  // so many rows are skipped sooner than counted

grpc::Status violation(const char* field, const char* message) {
    v1::FieldViolation violation;
    violation.set_field(field);
    violation.set_message(message);
    return rpc::invalid_argument({violation});
}

pqxx::result rows_of(pqxx::connection& connection, const Statement& statement, const Page& page) {
    const auto form = statement.condition.form;
    pqxx::nontransaction session(connection);
    const auto parameters = pqxx::prepare::make_dynamic_params(statement.condition.parameters);
    if (!worth_preparing(form, page.limit)) return session.exec_params(statement.text, parameters);
    const auto name = "list_" + std::to_string(form) + "_" + page.form_name();
    postgres::prepare(connection, name, statement.text);  // again with the same text: nothing happens
    return postgres::exec_prepared(session, name, parameters);
}

// For filters that nothing counts beforehand: read from an index, with what it does not hold looked up in the rows.
std::int64_t counted_total(pqxx::connection& connection, const Teams& teams, const v1::InvoiceFilter& filter) {
    Condition condition;
    if (!teams.all) {
        condition.add(kSeveralTeams, "i.team_id = ANY (", array_of(teams.ids));
        condition.text += std::string("::text[])") + kOfTeam;
    }
    const auto range = time_range_of(filter);
    add_filters(condition, filter);
    add_from(condition, range);
    add_to(condition, range);
    pqxx::nontransaction session(connection);
    return session
        .exec_params("SELECT count(*) FROM invoices i WHERE " + condition.text,
                     pqxx::prepare::make_dynamic_params(condition.parameters))[0][0]
        .as<std::int64_t>();
}

std::int64_t total_of(pqxx::connection& connection, const Teams& teams, const v1::InvoiceFilter& filter) {
    const bool ranged = filter.has_created_from() || filter.has_created_to();
    const bool by_status = !filter.status().empty() && !ranged && filter.user_id().empty() &&
                           filter.stripe_customer_id().empty() && filter.account().empty();
    if (!is_plain(filter) && !by_status) return counted_total(connection, teams, filter);
    pqxx::nontransaction session(connection);
    if (!ranged) {
        const std::string scope = teams.all ? "all" : "team";
        const auto ids = array_of(teams.all ? std::vector<std::string>{""} : teams.ids);
        return postgres::exec_prepared(session, kTotals, scope, ids, filter.status())[0][0].as<std::int64_t>();
    }
    const auto range = time_range_of(filter);
    const auto from = range.from.value_or("00000000");
    const auto to = range.to.value_or("g");
    const auto rows = teams.all ? postgres::exec_prepared(session, kRangeTotal, from, to)
                                : postgres::exec_prepared(session, kTeamsRangeTotal, from, to, array_of(teams.ids));
    return rows[0][0].as<std::int64_t>();
}

// False: a row has no list entry. `shown`, for a page by columns: the ids are added to it.
bool read(pqxx::connection& connection, const v1::ListInvoicesRequest& request, const Page& page,
          v1::ListInvoicesResponse& response, WithoutEntry* shown = nullptr) {
    const auto& filter = request.filter();
    const auto teams = teams_of_list(request);
    if (!teams.all && teams.ids.empty()) return true;
    const bool several = !teams.all && teams.ids.size() > 1;
    const bool counted = !several && is_plain(filter) && page.skip > kShortSkip;
    if (request.with_total() || (page.skip > 0 && !counted)) {
        const auto total = total_of(connection, teams, filter);
        if (request.with_total()) response.set_total_size(total);
        if (page.skip > 0 && page.skip >= total) return true;  // past the end: nothing to skip through
    }
    const auto statement = counted   ? counted_page(teams, filter, page)
                           : several ? page_of_several_teams(teams, filter, page)
                                     : page_in_order(teams, filter, page);
    PageAnswer answer(request, page, response);
    for (const auto& row : rows_of(connection, statement, page)) {
        const auto added = answer.add(row, 0);
        if (added == Added::kNoEntry) return false;
        if (added == Added::kNextPage) break;
        if (shown != nullptr) shown->emplace_back(row[0].c_str());
    }
    return true;
}

}  // namespace

grpc::Status no_such_start() {
    return violation("after_id", "names no invoice");
}

rpc::Result<std::string> start_of(pqxx::connection& connection, const v1::ListInvoicesRequest& request) {
    if (!request.page_token().empty()) {
        auto id = read_page_token(request);
        if (!id) return violation("page_token", "is not a token of this list");
        return std::move(*id);
    }
    if (request.after_id().empty()) return std::string();
    v1::GetInvoiceRequest last;
    last.set_id(request.after_id());
    if (request.has_scope()) *last.mutable_scope() = request.scope();
    auto found = find_id(connection, last);
    if (!found) return no_such_start();
    return std::move(*found);
}

void prepare_lists(pqxx::connection& connection) {
    postgres::prepare(connection, kTotals, R"(
        SELECT greatest(coalesce(sum(invoices), 0), 0)::bigint FROM invoice_totals
        WHERE scope = $1 AND scope_id = ANY ($2::text[]) AND status <> 'deleted' AND ($3 = '' OR status = $3))");
    static const std::string kOfAll =
        "SELECT greatest(" + newer_than("''", "", "$1::text") + " - " + newer_than("''", "", "$2::text") + ", 0)";
    postgres::prepare(connection, kRangeTotal, kOfAll);
    const std::string of_team = " AND i.team_id = t.id" + std::string(kOfTeam);
    static const std::string kOfTeams = "SELECT coalesce(sum(greatest(" + newer_than("t.id", of_team, "$1::text") +
                                        " - " + newer_than("t.id", of_team, "$2::text") +
                                        ", 0)), 0)::bigint FROM unnest($3::text[]) AS t(id)";
    postgres::prepare(connection, kTeamsRangeTotal, kOfTeams);
}

void read_list(pqxx::connection& connection, const v1::ListInvoicesRequest& request, std::string start,
               v1::ListInvoicesResponse& response, WithoutEntry* without_entry) {
    const auto page = page_of(request, std::move(start));
    if (read(connection, request, page, response)) return;
    response.Clear();
    read_list_by_columns(connection, request, page.after, response, without_entry);
}

void read_list_by_columns(pqxx::connection& connection, const v1::ListInvoicesRequest& request, std::string start,
                          v1::ListInvoicesResponse& response, WithoutEntry* without_entry) {
    auto page = page_of(request, std::move(start));
    page.by_entry = false;
    read(connection, request, page, response, without_entry);
}

rpc::Result<v1::ListInvoicesResponse> list_invoices(pqxx::connection& connection,
                                                    const v1::ListInvoicesRequest& request,
                                                    WithoutEntry* without_entry) {
    auto start = start_of(connection, request);
    if (start.has_error()) return start.error();
    v1::ListInvoicesResponse response;
    read_list(connection, request, std::move(*start), response, without_entry);
    return response;
}

}  // namespace quittance::invoice_store
