#include "integration/invoice_store/lists/listed_table.hpp"

#include <catch2/catch.hpp>
#include <chrono>

#include "invoice_store/api/invoice_handlers.hpp"
#include "invoice_store/events/batch_transaction.hpp"
#include "invoice_store/invoices/invoice_upsert.hpp"
#include "invoice_store/invoices/snapshot.hpp"
#include "invoice_store/lists/list_projection_backfill.hpp"
#include "support/patience.hpp"
#include "support/read_through.hpp"

namespace quittance::test {

v1::ListInvoicesRequest rich_list() {
    v1::ListInvoicesRequest request;
    request.set_view(v1::VIEW_BILLING);
    request.set_page_size(100);
    return request;
}

// What VIEW_BILLING promises of the lines, and no more than that.
v1::Invoice with_promised_lines(v1::Invoice invoice) {
    for (auto& line : *invoice.mutable_lines()) {
        v1::InvoiceLine promised;
        if (line.kind() == "subscription" || !line.subscription_item_id().empty()) {
            promised = line;
            promised.clear_product_id();
            promised.clear_quantity();
            promised.clear_proration();
            promised.clear_period_start();
            promised.clear_period_end();
            promised.clear_metadata();
        } else if (line.invoice_item_id().empty()) {
            promised.set_id(line.id());
        } else {
            promised.set_invoice_item_id(line.invoice_item_id());
        }
        line = promised;
    }
    return invoice;
}

ListedTable::ListedTable() : connection_(database_.connect()) {
    invoice_store::prepare_batches(*connection_);
    invoice_store::prepare_reads(*connection_);
}

void ListedTable::write(const v1::InvoiceEvent& event) {
    pqxx::work transaction(*connection_);
    invoice_store::InvoiceCounts counts(0);
    invoice_store::write_invoices(transaction, {invoice_store::snapshot_of(event)}, counts);
    transaction.commit();
}

std::vector<v1::Invoice> ListedTable::listed(std::vector<std::string>* missing) {
    const auto request = rich_list();
    auto serialised = request;
    serialised.set_serialised(true);
    invoice_store::ListReader reader;
    const auto alone = std::move(reader.read(*connection_, {&request}).front());
    REQUIRE(alone.has_value());
    if (missing != nullptr) *missing = reader.missing();
    auto lists = reader.read(*connection_, {&request, &serialised, &serialised});
    lists.push_back(invoice_store::list_invoices(*connection_, serialised));
    for (std::size_t i = 0; i < lists.size(); ++i) {
        REQUIRE(lists[i].has_value());
        if (i > 0) CHECK(lists[i]->invoices().empty());
        CHECK(read_through(*lists[i]).DebugString() == alone->DebugString());
    }
    return {alone->invoices().begin(), alone->invoices().end()};
}

std::vector<v1::Invoice> ListedTable::listed_by_columns() {
    const auto request = rich_list();
    invoice_store::ListReader reader(invoice_store::ListReader::Source::kColumns);
    const auto list = std::move(reader.read(*connection_, {&request}).front());
    REQUIRE(list.has_value());
    return {list->invoices().begin(), list->invoices().end()};
}

void ListedTable::check_that_entries_say_what_columns_say() {
    std::vector<std::string> missing;
    const auto by_entry = listed(&missing);
    CHECK(missing.empty());
    const auto by_columns = listed_by_columns();
    REQUIRE(by_entry.size() == by_columns.size());
    for (std::size_t i = 0; i < by_entry.size(); ++i)
        CHECK(by_entry[i].DebugString() == with_promised_lines(by_columns[i]).DebugString());
}

std::size_t ListedTable::fill(const std::vector<std::string>& ids) {
    for (const auto deadline = std::chrono::steady_clock::now() + kPatience;;) {
        try {
            return invoice_store::write_missing_projections(*connection_, ids);
        } catch (const pqxx::sql_error& failure) {
            constexpr const char* kCancelled = "57014";
            if (failure.sqlstate() != kCancelled || std::chrono::steady_clock::now() > deadline) throw;
        }
    }
}

std::size_t ListedTable::fill_missing() {
    std::vector<std::string> ids;
    for (const auto& invoice : listed_by_columns()) ids.push_back(invoice.id());
    const auto missing = database_.value("SELECT count(*) FROM invoices WHERE list_entry IS NULL AND NOT deleted");
    const auto filled = fill(ids);
    CHECK(std::to_string(filled) == missing);
    return filled;
}

}  // namespace quittance::test
