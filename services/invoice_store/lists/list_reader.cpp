#include "invoice_store/lists/list_reader.hpp"

#include <compare>
#include <map>
#include <optional>
#include <utility>

#include "base/object_id.hpp"
#include "invoice_store/invoices/invoice_lookup.hpp"
#include "invoice_store/lists/list_filter.hpp"
#include "invoice_store/lists/list_totals.hpp"
#include "invoice_store/lists/page_builder.hpp"
#include "invoice_store/lists/page_statements.hpp"
#include "invoice_store/lists/page_token.hpp"
#include "postgres/literal.hpp"
#include "postgres/statements.hpp"

namespace quittance::invoice_store {
namespace {

constexpr std::int64_t kLongestScan = 100;  // to skip more rows than this, the tree of counts is cheaper

grpc::Status violation(const char* field, const char* message) {
    v1::FieldViolation violation;
    violation.set_field(field);
    violation.set_message(message);
    return rpc::invalid_argument({violation});
}

grpc::Status unknown_after_id() {
    return violation("after_id", "names no invoice");
}

// The id that a page starts after; empty: it starts at the newest.
struct Start {
    std::string id;
    bool checked_by_statement = false;  // the page's statement has to check that the id is of the scope
};

// True if the list shows every invoice of its scope: then the statement that reads the page can check after_id too.
bool shows_whole_scope(const v1::ListInvoicesRequest& request) {
    return !request.has_scope() || request.scope().all_teams() ? request.filter().team_id().empty()
                                                               : request.scope().team_ids_size() == 1;
}

rpc::Result<Start> find_start(pqxx::connection& connection, const v1::ListInvoicesRequest& request, bool together) {
    if (!request.page_token().empty()) {
        auto id = read_page_token(request);
        if (!id) return violation("page_token", "is not a token of this list");
        return Start{std::move(*id)};
    }
    if (request.after_id().empty()) return Start{};
    if (together && shows_whole_scope(request) && base::is_object_id(request.after_id()))
        return Start{request.after_id(), true};
    v1::GetInvoiceRequest get;
    get.set_id(request.after_id());
    if (request.has_scope()) *get.mutable_scope() = request.scope();
    auto found = find_id(connection, get);
    if (!found) return unknown_after_id();
    return Start{std::move(*found)};
}

void remove_page(v1::ListInvoicesResponse& response) {
    response.clear_invoices();
    response.clear_serialised_invoices();
    response.clear_next_page_token();
}

pqxx::result run(pqxx::connection& connection, const std::string& name, const std::string& text, bool prepared,
                 const std::vector<std::string>& parameters) {
    pqxx::nontransaction session(connection);
    const auto dynamic = pqxx::prepare::make_dynamic_params(parameters);
    if (!prepared) return session.exec_params(text, dynamic);
    postgres::prepare(connection, name, text);  // a second time, with the same text: nothing happens
    return postgres::exec_prepared(session, name, dynamic);
}

}  // namespace

struct ListReader::PendingList {
    const v1::ListInvoicesRequest& request;
    Teams teams;
    Page page;
    Condition condition;              // of a list that is read together with others
    bool total_in_statement = false;  // likewise
    grpc::Status refusal;             // OK: there is none
    v1::ListInvoicesResponse response;
};

// Lists of one form have one statement.
struct ListReader::Form {
    unsigned condition;
    std::string page;
    bool with_total;

    auto operator<=>(const Form&) const = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14's false alarm
    std::string statement_name() const {
        return "list_page_" + std::to_string(condition) + "_" + page + (with_total ? "_total" : "");
    }
};

void prepare_lists(pqxx::connection& connection) {
    prepare_totals(connection);
}

ListReader::Answers ListReader::read(pqxx::connection& connection,
                                     const std::vector<const v1::ListInvoicesRequest*>& requests) {
    missing_.clear();
    std::vector<PendingList> lists;
    lists.reserve(requests.size());
    std::map<Form, Lists> forms;
    for (const auto* request : requests) {
        auto& list =
            lists.emplace_back(PendingList{*request, teams_of_list(*request), page_of(*request), {}, {}, {}, {}});
        if (source_ == Source::kColumns) list.page.by_projection = false;
        const bool together = list.page.skip == 0 && (list.teams.all || list.teams.ids.size() == 1);
        auto start = find_start(connection, *request, together);
        if (start.has_error()) {
            list.refusal = start.error();
            continue;
        }
        list.page.after = std::move(start->id);
        if (!list.teams.all && list.teams.ids.empty()) continue;  // an empty list
        if (!together) {
            read_alone(connection, list);
            continue;
        }
        list.condition = condition_in_order(list.teams, request->filter(), list.page.after, "w.p");
        if (start->checked_by_statement) list.condition.form |= kNamedStart;
        list.total_in_statement = request->with_total() && is_counted_by_status(request->filter());
        if (request->with_total() && !list.total_in_statement)
            list.response.set_total_size(total_of(connection, list.teams, request->filter()));
        forms[{list.condition.form, list.page.form_name(), list.total_in_statement}].push_back(&list);
    }
    for (const auto& [form, members] : forms) read_together(connection, form, members);
    Answers answers;
    answers.reserve(lists.size());
    for (auto& list : lists) {
        if (list.refusal.ok())
            answers.emplace_back(std::move(list.response));
        else
            answers.emplace_back(std::move(list.refusal));
    }
    return answers;
}

void ListReader::read_together(pqxx::connection& connection, const Form& form, const Lists& lists) {
    const auto& first = *lists.front();
    const auto parameter_count = first.condition.parameters.size();
    std::vector<postgres::ArrayLiteral> arrays(parameter_count + 1);
    for (const auto* list : lists) {
        for (std::size_t i = 0; i < parameter_count; ++i) arrays[i].add_text(list->condition.parameters[i]);
        arrays.back().add_text(list->request.filter().status());
    }
    std::vector<std::string> parameters;
    for (auto& array : arrays) parameters.push_back(array.take());
    const auto rows = run(connection, form.statement_name(),
                          pages_in_order(first.condition, first.page, form.with_total, first.teams.all),
                          worth_preparing(first.condition.form, first.page.limit), parameters);

    struct Progress {
        PageBuilder page;
        bool found = false;  // an empty list has a row too, unless its start does not exist
        bool complete = true;
    };
    std::vector<Progress> progress;
    progress.reserve(lists.size());
    for (auto* list : lists) progress.push_back({PageBuilder(list->request, list->page, list->response)});
    const int first_column = form.with_total ? 2 : 1;
    // The rows come list by list, each list in its order: nested loops make the join, and they keep both.
    for (const auto& row : rows) {
        const auto place = row[0].as<std::size_t>() - 1;
        auto& list = *lists[place];
        auto& [page, found, complete] = progress[place];
        found = true;
        if (!complete) continue;
        if (form.with_total) list.response.set_total_size(row[1].as<std::int64_t>());
        if (row[first_column].is_null() || !list.response.next_page_token().empty()) continue;
        const auto outcome = page.add(row, first_column);
        complete = outcome != RowOutcome::kNoProjection;
        if (outcome == RowOutcome::kAdded) note_missing(list, row, first_column);
    }
    std::map<Form, Lists> incomplete;
    for (std::size_t i = 0; i < lists.size(); ++i) {
        auto& list = *lists[i];
        if (!progress[i].found) list.refusal = unknown_after_id();
        if (progress[i].complete) continue;
        remove_page(list.response);
        list.page.by_projection = false;
        incomplete[{form.condition, list.page.form_name(), form.with_total}].push_back(&list);
    }
    for (const auto& [by_columns, members] : incomplete) read_together(connection, by_columns, members);
}

void ListReader::read_alone(pqxx::connection& connection, PendingList& list) {
    if (read_page_alone(connection, list)) return;
    remove_page(list.response);
    list.page.by_projection = false;
    read_page_alone(connection, list);
}

bool ListReader::read_page_alone(pqxx::connection& connection, PendingList& list) {
    const auto& request = list.request;
    const auto& teams = list.teams;
    const auto& page = list.page;
    const auto& filter = request.filter();
    const bool several = !teams.all && teams.ids.size() > 1;
    const bool counted = !several && is_plain(filter) && page.skip > kLongestScan;
    if (request.with_total() || (page.skip > 0 && !counted)) {
        const auto total = total_of(connection, teams, filter);
        if (request.with_total()) list.response.set_total_size(total);
        if (page.skip > 0 && page.skip >= total) return true;  // the page is past the end
    }
    const auto statement = counted   ? counted_page(teams, filter, page)
                           : several ? page_of_several_teams(teams, filter, page)
                                     : numbered_page(teams, filter, page);
    const auto form = statement.condition.form;
    PageBuilder builder(request, page, list.response);
    for (const auto& row : run(connection, "list_" + std::to_string(form) + "_" + page.form_name(), statement.text,
                               worth_preparing(form, page.limit), statement.condition.parameters)) {
        const auto outcome = builder.add(row, 0);
        if (outcome == RowOutcome::kNoProjection) return false;
        if (outcome == RowOutcome::kNextPage) break;
        note_missing(list, row, 0);
    }
    return true;
}

void ListReader::note_missing(const PendingList& list, const pqxx::row& row, int first_column) {
    const bool is_fallback =
        source_ == Source::kProjection && has_projection(list.page.view) && !list.page.by_projection;
    if (is_fallback) missing_.emplace_back(row[first_column].c_str());
}

rpc::Result<v1::ListInvoicesResponse> list_invoices(pqxx::connection& connection,
                                                    const v1::ListInvoicesRequest& request) {
    ListReader reader;
    return std::move(reader.read(connection, {&request}).front());
}

}  // namespace quittance::invoice_store
