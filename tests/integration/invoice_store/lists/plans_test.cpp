// What PostgreSQL makes of each statement that a read may prepare. The rule: the table of invoices is read through an
// index alone, and nothing is sorted that grows with it. A Sort may stand over the rows of a page (below it a Limit, or
// the look-ups by id of those that a Limit let through), and over the tree of counts, of which a walk sees the few
// children of one node at a time.
#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "integration/invoice_store/lists/filled_table.hpp"
#include "invoice_store/api/invoice_handlers.hpp"
#include "invoice_store/invoices/invoice_lookup.hpp"
#include "invoice_store/lists/list_reader.hpp"

using namespace quittance;
namespace json = boost::json;

namespace {

using test::FilledTable;

std::string text_of(const json::object& node, const char* key) {
    const auto* value = node.if_contains(key);
    return value == nullptr ? std::string() : std::string(value->as_string());
}

// True where a node below reads invoices without a Limit in between.
bool reads_invoices_unbounded(const json::object& node) {
    if (text_of(node, "Node Type") == "Limit") return false;
    if (text_of(node, "Relation Name") == "invoices") {
        // One row at most: the whole id, or the identity that is unique.
        const auto index = text_of(node, "Index Name");
        const auto condition = text_of(node, "Index Cond");
        const bool one_row = index == "invoices_pkey" && condition.find("id = ") != std::string::npos;
        const bool one_identity =
            index == "invoices_identity" && condition.find("stripe_invoice_id = ") != std::string::npos;
        if (!one_row && !one_identity) return true;
    }
    if (const auto* children = node.if_contains("Plans"))
        for (const auto& child : children->as_array())
            if (reads_invoices_unbounded(child.as_object())) return true;
    return false;
}

void check_node(const json::object& node) {
    const auto type = text_of(node, "Node Type");
    if (text_of(node, "Relation Name") == "invoices") CHECK((type == "Index Scan" || type == "Index Only Scan"));
    if (type == "Sort" || type == "Incremental Sort") CHECK_FALSE(reads_invoices_unbounded(node));
    if (const auto* children = node.if_contains("Plans"))
        for (const auto& child : children->as_array()) check_node(child.as_object());
}

// Asks for everything that has a statement of its own: no filter, each alone and each pair, from the start, after a
// token and by number, near and far, both views, each usual page size.
void ask_everything(pqxx::connection& connection) {
    constexpr int kChoices = 7;
    for (int first = 0; first < kChoices; ++first) {
        for (int second = first; second < kChoices; ++second) {
            for (const int scope_teams : {0, 1, 3}) {
                v1::ListInvoicesRequest request;
                for (const int choice : {first, second}) {
                    auto& filter = *request.mutable_filter();
                    if (choice == 1) filter.set_status("paid");
                    if (choice == 2) filter.set_user_id(std::string(24, '1'));
                    if (choice == 3) filter.set_stripe_customer_id("cus_7");
                    if (choice == 4) filter.mutable_created_from()->set_seconds(test::kCreateSecond);
                    if (choice == 5) filter.mutable_created_to()->set_seconds(test::kCreateSecond + 80'000'000);
                    if (choice == 6) filter.set_account("default");
                }
                for (int i = 0; i < scope_teams; ++i)
                    request.mutable_scope()->add_team_ids(i == 0 ? FilledTable::big_team()
                                                                 : FilledTable::small_team(i));
                request.set_page_size(20);
                request.set_view(first % 2 == 0 ? v1::VIEW_BASIC : v1::VIEW_FULL);
                const auto token = invoice_store::list_invoices(connection, request)->next_page_token();
                for (const std::int64_t page : {2, 300}) {
                    request.set_page(page);
                    CHECK(invoice_store::list_invoices(connection, request).has_value());
                }
                request.clear_page();
                request.set_page_token(token);
                CHECK(invoice_store::list_invoices(connection, request).has_value());
            }
        }
    }
    for (const int size : {1, 10, 25, 50, 100}) {
        v1::ListInvoicesRequest request;
        request.set_page_size(size);
        for (const std::int64_t page : {1, 2, 250}) {
            request.set_page(page);
            CHECK(invoice_store::list_invoices(connection, request).has_value());
        }
    }
}

}  // namespace

TEST_CASE("every prepared read goes through an index and sorts no more than a page") {
    FilledTable table;
    const auto connection = table.database().connect();
    invoice_store::prepare_reads(*connection);
    ask_everything(*connection);

    pqxx::nontransaction session(*connection);
    int lists = 0;
    for (const auto& statement :
         session.exec("SELECT name, cardinality(parameter_types) FROM pg_prepared_statements ORDER BY name")) {
        const std::string name = statement[0].c_str();
        INFO(name);
        // The plan is generic: it does not depend on the values.
        std::string nulls;
        for (int i = 0; i < statement[1].as<int>(); ++i) nulls += i == 0 ? "(NULL" : ", NULL";
        if (!nulls.empty()) nulls += ")";
        const auto explained = session.exec1("EXPLAIN (FORMAT JSON) EXECUTE \"" + name + "\"" + nulls);
        const auto plan = json::parse(explained[0].c_str());
        INFO(json::serialize(plan));
        check_node(plan.as_array().front().as_object().at("Plan").as_object());
        lists += name.starts_with("list_") ? 1 : 0;
    }
    CHECK(lists > 100);
}
