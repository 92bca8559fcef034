// The statements of lists. An id begins with the creation time, so one column gives the order, the cursor and the range
// of times. Each form of a filter is a statement of its own, prepared when first used: a bound LIMIT would be planned
// anew each time, and a condition that may or may not hold cannot use its index.
#include "invoice_store/listing.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "invoice_store/columns.hpp"
#include "invoice_store/page_token.hpp"
#include "invoice_store/repository.hpp"
#include "invoice_store/snapshot.hpp"
#include "postgres/literal.hpp"

namespace quittance::invoice_store {
namespace {

constexpr const char* kTotals = "invoice_totals";
constexpr int kDefaultPageSize = 10;
constexpr std::int64_t kSecondsEnd = std::int64_t{1} << 32;  // no invoice is created then or later

// The WHERE of a list: its text, its parameters, and a number that stands for the form of the text.
struct Condition {
    std::string text = "NOT i.deleted";
    std::vector<std::string> parameters;
    unsigned form = 0;

    void add(unsigned bit, std::string_view clause, std::string parameter) {
        parameters.push_back(std::move(parameter));
        form |= bit;
        text.append(" AND ").append(clause).append("$").append(std::to_string(parameters.size()));
    }
};

std::string array_of(const std::vector<std::string>& texts) {
    postgres::ArrayLiteral literal;
    for (const auto& text : texts) literal.add_text(text);
    return literal.take();
}

// The teams that the scope allows; unset: all of them.
std::optional<std::vector<std::string>> allowed_teams(const v1::ListInvoicesRequest& request) {
    if (!request.has_scope() || request.scope().all_teams()) return std::nullopt;
    std::vector<std::string> teams;
    for (const auto& team : request.scope().team_ids())
        if (is_own_id(team)) teams.push_back(team);
    return teams;
}

// The first second at or after the time.
std::int64_t seconds_from(const google::protobuf::Timestamp& time) {
    return std::clamp<std::int64_t>(time.seconds() + (time.nanos() > 0 ? 1 : 0), 0, kSecondsEnd);
}

Condition condition_of(const v1::ListInvoicesRequest& request) {
    Condition condition;
    const auto& filter = request.filter();
    if (const auto teams = allowed_teams(request)) {
        // One team alone can be served by its index in order; of several the rows are sorted.
        if (teams->size() == 1)
            condition.add(1, "i.team_id = ", teams->front());
        else {
            condition.add(2, "i.team_id = ANY (", array_of(*teams));
            condition.text += "::text[])";
        }
        condition.text += " AND i.team_id <> ''";
    }
    if (!filter.team_id().empty()) {
        condition.add(4, "i.team_id = ", filter.team_id());
        condition.text += " AND i.team_id <> ''";
    }
    if (!filter.user_id().empty()) {
        condition.add(8, "i.user_id = ", filter.user_id());
        condition.text += " AND i.user_id <> ''";
    }
    if (!filter.stripe_customer_id().empty()) condition.add(16, "i.stripe_customer_id = ", filter.stripe_customer_id());
    if (!filter.status().empty()) condition.add(32, "i.status = ", filter.status());
    if (filter.has_created_from()) {
        const auto first = seconds_from(filter.created_from());
        condition.add(64, "i.id >= ", first == kSecondsEnd ? "g" : id_prefix(first));  // no id begins with a "g"
    }
    if (filter.has_created_to() && seconds_from(filter.created_to()) < kSecondsEnd)
        condition.add(128, "i.id < ", id_prefix(seconds_from(filter.created_to())));
    return condition;
}

constexpr unsigned kAfterBit = 256;
constexpr unsigned kOffsetBit = 512;

// Prepared are the forms that are worth it: at most two filters, a usual page size. So their number stays small, and a
// caller that varies everything cannot fill the server's memory with plans.
bool worth_preparing(unsigned form, int limit) {
    return std::popcount(form & 255U) <= 2 &&
           (limit == 11 || limit == 21 || limit == 26 || limit == 51 || limit == 101);
}

pqxx::result rows_of(pqxx::connection& connection, const Condition& condition, v1::View view, int limit,
                     std::int64_t offset) {
    auto parameters = condition.parameters;
    auto form = condition.form;
    const std::string columns(select_list(view));
    const std::string page = " ORDER BY i.id DESC LIMIT " + std::to_string(limit);
    std::string text;
    if (offset == 0) {
        text = "SELECT " + columns + " FROM invoices i WHERE " + condition.text + page;
    } else {
        // What is skipped is read from the index alone.
        form |= kOffsetBit;
        parameters.push_back(std::to_string(offset));
        text = "SELECT " + columns + " FROM (SELECT i.id FROM invoices i WHERE " + condition.text + page + " OFFSET $" +
               std::to_string(parameters.size()) +
               "::bigint) page JOIN invoices i ON i.id = page.id ORDER BY i.id DESC";
    }
    pqxx::nontransaction session(connection);
    const auto dynamic = pqxx::prepare::make_dynamic_params(parameters);
    if (!worth_preparing(form, limit)) return session.exec_params(text, dynamic);
    const auto name = "list_" + std::to_string(form) + "_" + std::to_string(limit) + "_" + std::to_string(view);
    connection.prepare(name, text);  // again with the same text: nothing happens
    return session.exec_prepared(name, dynamic);
}

bool counters_answer(const v1::InvoiceFilter& filter) {
    return filter.user_id().empty() && filter.stripe_customer_id().empty() && !filter.has_created_from() &&
           !filter.has_created_to();
}

std::int64_t total_of(pqxx::connection& connection, const v1::ListInvoicesRequest& request,
                      const Condition& condition) {
    const auto& filter = request.filter();
    pqxx::nontransaction session(connection);
    if (!counters_answer(filter))
        return session
            .exec_params("SELECT count(*) FROM invoices i WHERE " + condition.text,
                         pqxx::prepare::make_dynamic_params(condition.parameters))[0][0]
            .as<std::int64_t>();
    auto teams = allowed_teams(request);
    if (!filter.team_id().empty()) {
        const bool allowed = !teams || std::find(teams->begin(), teams->end(), filter.team_id()) != teams->end();
        teams.emplace();
        if (allowed) teams->push_back(filter.team_id());
    }
    const std::string scope = teams ? "team" : "all";
    const auto ids = teams ? array_of(*teams) : array_of({""});
    return session.exec_prepared(kTotals, scope, ids, filter.status())[0][0].as<std::int64_t>();
}

grpc::Status violation(const char* field, const char* message) {
    v1::FieldViolation violation;
    violation.set_field(field);
    violation.set_message(message);
    return rpc::invalid_argument({violation});
}

// The id that the page starts after; empty: it starts at the newest.
rpc::Result<std::string> start_of(pqxx::connection& connection, const v1::ListInvoicesRequest& request) {
    if (!request.page_token().empty()) {
        if (auto id = read_page_token(request)) return *id;
        return violation("page_token", "is not a token of this list");
    }
    if (request.after_id().empty()) return std::string();
    v1::GetInvoiceRequest last;
    last.set_id(request.after_id());
    if (request.has_scope()) *last.mutable_scope() = request.scope();
    if (const auto found = get_invoices(connection, {last}).front()) return found->id();
    return violation("after_id", "names no invoice");
}

// The rows before a numbered page; the greatest number where it would overflow.
std::int64_t offset_of(const v1::ListInvoicesRequest& request, int page_size) {
    const auto pages = std::max<std::int64_t>(request.page() - 1, 0);
    if (pages > std::numeric_limits<std::int64_t>::max() / page_size) return std::numeric_limits<std::int64_t>::max();
    return pages * page_size;
}

}  // namespace

void prepare_lists(pqxx::connection& connection) {
    connection.prepare(kTotals, R"(
        SELECT greatest(coalesce(sum(invoices), 0), 0)::bigint FROM invoice_totals
        WHERE scope = $1 AND scope_id = ANY ($2::text[]) AND status <> 'deleted' AND ($3 = '' OR status = $3))");
}

rpc::Result<v1::ListInvoicesResponse> list_invoices(pqxx::connection& connection,
                                                    const v1::ListInvoicesRequest& request) {
    const auto start = start_of(connection, request);
    if (start.has_error()) return start.error();
    const int page_size = request.page_size() == 0 ? kDefaultPageSize : request.page_size();
    const auto offset = offset_of(request, page_size);
    auto condition = condition_of(request);

    v1::ListInvoicesResponse response;
    if (request.with_total() || offset > 0) {
        const auto total = total_of(connection, request, condition);
        if (request.with_total()) response.set_total_size(total);
        if (offset > 0 && offset >= total) return response;  // past the end: nothing to skip through
    }
    if (!start->empty()) condition.add(kAfterBit, "i.id < ", *start);
    const auto view = request.view() == v1::VIEW_FULL ? v1::VIEW_FULL : v1::VIEW_BASIC;
    // One more than asked for tells whether there is a next page.
    const auto rows = rows_of(connection, condition, view, page_size + 1, offset);
    for (const auto& row : rows) {
        if (response.invoices_size() == page_size) {
            response.set_next_page_token(make_page_token(response.invoices(page_size - 1).id(), request));
            break;
        }
        *response.add_invoices() = read_invoice(row, 0, view);
    }
    return response;
}

}  // namespace quittance::invoice_store
