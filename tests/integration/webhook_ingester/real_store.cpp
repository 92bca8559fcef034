#include "integration/webhook_ingester/real_store.hpp"

#include "support/free_port.hpp"

namespace quittance::test {

RealStore::RealStore() : address_("127.0.0.1:" + std::to_string(free_port())) {
    start();
}

void RealStore::start() {
    process_ = std::make_unique<Process>(ProcessOptions{our_program("quittance-invoice-store"),
                                                        {},
                                                        {{"INVOICE_STORE_LISTEN", address_},
                                                         {"DATABASE_URL", database_.url()},
                                                         {"METRICS_LISTEN", "127.0.0.1:0"},
                                                         {"STATEMENT_TIMEOUT_MS", "60000"},
                                                         {"DRAIN_SECONDS", "90"}}});
    process_->wait_until_ready();
}

void RealStore::kill() {
    process_->kill();
}

std::vector<std::string> RealStore::rows() const {
    pqxx::connection connection(database_.url());
    pqxx::nontransaction transaction(connection);
    const auto result = transaction.exec(
        "SELECT to_jsonb(i) - ARRAY['first_seen_at', 'stored_at', 'previous_status', 'previous_team_id',"
        "                           'previous_rank', 'previous_event_time', 'previous_event_id', "
        "'previous_begins_stage']"
        "  FROM invoices i ORDER BY id");
    std::vector<std::string> rows;
    for (const auto& row : result) rows.emplace_back(row[0].c_str());
    return rows;
}

std::size_t RealStore::count(const std::string& from) const {
    pqxx::connection connection(database_.url());
    pqxx::nontransaction transaction(connection);
    return transaction.exec1("SELECT count(*) FROM " + from)[0].as<std::size_t>();
}

std::size_t RealStore::inbox_size() const {
    return count("events");
}

std::size_t RealStore::dead_events() const {
    return count("events WHERE state = 'dead'");
}

std::size_t RealStore::refetches_of(const std::string& stripe_invoice_id) const {
    return count("refetches WHERE stripe_invoice_id = '" + stripe_invoice_id + "'");
}

}  // namespace quittance::test
