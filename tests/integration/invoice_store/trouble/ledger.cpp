#include "integration/invoice_store/trouble/ledger.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <pqxx/pqxx>
#include <random>

#include "support/patience.hpp"
#include "unit/invoice_store/generated_events.hpp"

namespace quittance::test {
namespace {

using Outcome = v1::EventOutcome;

bool is_kept(Outcome::State state) {
    return state == Outcome::APPLIED || state == Outcome::DUPLICATE;
}

std::string noise(std::size_t bytes) {
    thread_local std::mt19937_64 random(std::random_device{}());
    std::string made(bytes, '\0');
    for (auto& byte : made) byte = static_cast<char>(random());
    return made;
}

std::size_t count(const std::string& database_url, const std::string& sql, const std::string& parameter = "") {
    pqxx::connection connection(database_url);
    pqxx::nontransaction session(connection);
    return session.exec_params1("SELECT " + sql, parameter)[0].as<std::size_t>();
}

}  // namespace

v1::InvoiceEvent Ledger::next(std::size_t payload_bytes) {
    const std::lock_guard lock(mutex_);
    const auto suffix = name_ + "_" + std::to_string(++made_);
    auto event = make_event("evt_" + suffix, "paid", 1, "in_" + suffix);
    event.set_payload(noise(payload_bytes));
    return event;
}

void Ledger::note(const v1::InvoiceEvent& event, bool acknowledged) {
    const std::lock_guard lock(mutex_);
    if (acknowledged)
        acknowledged_.push_back(event.event_id());
    else
        owed_[event.event_id()] = event;
}

grpc::StatusCode Ledger::call(StoreClient& client, std::size_t payload_bytes) {
    const auto event = next(payload_bytes);
    const auto [status, states] = client.apply({event});
    note(event, status.ok() && is_kept(states.front()));
    return status.error_code();
}

int Ledger::webhook(const Sender& webhooks) {
    const auto event = next(0);
    const auto body = event_body(event.event_id(), [&](boost::json::object& json) {
        object_of(json)["id"] = event.invoice().stripe_invoice_id();
    });
    const auto answer = webhooks.deliver(signed_webhook(body));
    note(event, answer.status == 200);
    return answer.status;
}

std::size_t Ledger::acknowledged() const {
    const std::lock_guard lock(mutex_);
    return acknowledged_.size();
}

std::size_t Ledger::owed() const {
    const std::lock_guard lock(mutex_);
    return owed_.size();
}

bool Ledger::has_what_was_acknowledged(const std::string& database_url) const {
    const std::lock_guard lock(mutex_);
    std::string ids = "{";
    for (const auto& id : acknowledged_) ids += (ids.size() > 1 ? "," : "") + id;
    const auto found =
        count(database_url,
              "count(*) FROM events e JOIN invoices i ON i.stripe_invoice_id = e.object_id AND i.status = 'paid'"
              " WHERE e.state = 'applied' AND e.event_id = ANY ($1::text[])",
              ids + "}");
    UNSCOPED_INFO(acknowledged_.size() << " were acknowledged, " << found << " of them are there");
    return found == acknowledged_.size();
}

bool Ledger::settle(StoreClient& client) {
    return eventually([&] {
        const std::lock_guard lock(mutex_);
        while (!owed_.empty()) {
            const auto [status, states] = client.apply({owed_.begin()->second});
            if (!status.ok() || !is_kept(states.front())) return false;
            acknowledged_.push_back(owed_.begin()->first);
            owed_.erase(owed_.begin());
        }
        return true;
    });
}

bool Ledger::is_exact(const std::string& database_url) const {
    const std::lock_guard lock(mutex_);
    const auto made = static_cast<std::size_t>(made_);
    const auto events = count(database_url, "count(*) FROM events WHERE $1 = ''");
    const auto invoices = count(database_url, "count(*) FROM invoices WHERE $1 = ''");
    const auto total = count(database_url, "sum(invoices) FROM invoice_totals WHERE scope = 'all' AND $1 = ''");
    UNSCOPED_INFO(made << " sent; " << events << " events, " << invoices << " invoices, total " << total);
    return owed_.empty() && events == made && invoices == made && total == made;
}

}  // namespace quittance::test
