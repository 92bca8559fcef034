// A page ends at (time of arrival, id, account, mode), which is unique. The page token holds that end and a hash of the
// filter.
#include "invoice_store/events/inbox_queries.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/digest.hpp"
#include "base/object_id.hpp"
#include "base/text.hpp"
#include "invoice_store/invoices/invoice_lookup.hpp"
#include "postgres/literal.hpp"

namespace quittance::invoice_store {
namespace {

constexpr int kDefaultPageSize = 20;
constexpr std::size_t kMarkSize = 16;
constexpr std::size_t kTimeSize = 32;  // "2026-01-02 03:04:05.678901+00" and blanks
constexpr std::size_t kLongestToken = 1'500;
constexpr std::array<std::string_view, 5> kStates{"applied", "ignored", "stale", "needs_refetch", "dead"};

constexpr const char* kColumns =
    "e.event_id, e.account, e.livemode, e.type, e.object_id, e.invoice_id, e.state, e.attempts, e.last_error, e.source,"
    " e.event_time, e.received_at, e.applied_at, e.api_version, e.stripe_account_id, e.request_id";

v1::InboxEvent event_of(const pqxx::row& row) {
    v1::InboxEvent event;
    event.set_event_id(row[0].c_str());
    event.set_account(row[1].c_str());
    event.set_livemode(row[2].c_str()[0] == 't');
    event.set_type(row[3].c_str());
    event.set_object_id(row[4].c_str());
    event.set_invoice_id(row[5].c_str());
    event.set_state(row[6].c_str());
    event.set_attempts(row[7].as<std::int32_t>());
    event.set_last_error(row[8].c_str());
    event.set_source(static_cast<v1::InvoiceEvent::Source>(row[9].as<int>()));
    *event.mutable_event_time() = postgres::timestamp_of(row[10].c_str());
    *event.mutable_receive_time() = postgres::timestamp_of(row[11].c_str());
    if (!row[12].is_null()) *event.mutable_apply_time() = postgres::timestamp_of(row[12].c_str());
    event.set_api_version(row[13].c_str());
    event.set_stripe_account_id(row[14].c_str());
    event.set_request_id(row[15].c_str());
    return event;
}

// The last event of a page.
struct PageEnd {
    std::string time;
    std::string event_id;
    std::string account;
    bool livemode = false;
};

std::string mark_of(const v1::ListEventsRequest& request) {
    auto filter = request;
    filter.clear_page_size();
    filter.clear_page_token();
    return base::to_hex(base::sha256(filter.SerializeAsString())).substr(0, kMarkSize);
}

// Hex of the filter's hash, the time in a fixed width, the mode, the account, a blank and the event id. Accounts and
// ids contain no blanks.
std::string token_of(const v1::InboxEvent& last, const v1::ListEventsRequest& request) {
    auto time = postgres::timestamp_text(last.receive_time());
    time.resize(kTimeSize, ' ');
    return base::to_hex(mark_of(request) + time + (last.livemode() ? 't' : 'f') + last.account() + ' ' +
                        last.event_id());
}

std::optional<PageEnd> page_end_of(const v1::ListEventsRequest& request) {
    const auto& token = request.page_token();
    if (token.size() > kLongestToken) return std::nullopt;
    try {
        const auto bytes = postgres::bytes_of("\\x" + token);
        if (bytes.size() < kMarkSize + kTimeSize + 1 || bytes.substr(0, kMarkSize) != mark_of(request))
            return std::nullopt;
        PageEnd end;
        end.time = bytes.substr(kMarkSize, kTimeSize);
        end.time.erase(end.time.find_last_not_of(' ') + 1);
        postgres::timestamp_of(end.time);
        end.livemode = bytes[kMarkSize + kTimeSize] == 't';
        const auto names = bytes.substr(kMarkSize + kTimeSize + 1);
        const auto blank = names.find(' ');
        if (blank == std::string::npos || names.find('\0') != std::string::npos) return std::nullopt;
        end.account = names.substr(0, blank);
        end.event_id = names.substr(blank + 1);
        return end;
    } catch (const std::invalid_argument&) {
        return std::nullopt;
    }
}

grpc::Status bad_token() {
    v1::FieldViolation violation;
    violation.set_field("page_token");
    violation.set_message("is not a page token of this list");
    return rpc::invalid_argument({violation});
}

class Query {
  public:
    // `clause` with a "?" where each parameter goes.
    void where(std::string clause, const std::vector<std::string>& parameters = {}) {
        for (const auto& parameter : parameters) {
            parameters_.push_back(parameter);
            clause.replace(clause.find('?'), 1, "$" + std::to_string(parameters_.size()));
        }
        text_ += " AND " + clause;
    }

    pqxx::result run(pqxx::connection& connection, int limit) const {
        pqxx::nontransaction session(connection);
        return session.exec_params("SELECT " + std::string(kColumns) + " FROM events e WHERE true" + text_ +
                                       " ORDER BY e.received_at DESC, e.event_id DESC, e.account DESC, e.livemode DESC"
                                       " LIMIT " +
                                       std::to_string(limit),
                                   pqxx::prepare::make_dynamic_params(parameters_));
    }

  private:
    std::string text_;
    std::vector<std::string> parameters_;
};

// Facts that have the payment intent or the charge that the invoice names.
std::string facts_named_by_invoice(const std::string& columns, const std::string& condition) {
    std::string queries;
    for (const std::string name : {"payment_intent_id", "charge_id"})
        queries += " UNION ALL SELECT " + columns + " FROM invoices i JOIN payment_facts f ON f." + name + " = i." +
                   name + " AND f." + name + " <> '' AND f.account = i.account AND f.livemode = i.livemode WHERE " +
                   condition;
    return queries;
}

// The history of an invoice: the events of the invoice and of every object that moved its money, in any state, found by
// Stripe's ids.
void add_invoice(Query& query, const std::string& id) {
    // Its payments, facts that have it as their invoice, and facts that share a payment intent with a payment of it or
    // with the invoice itself.
    if (base::is_object_id(id)) {
        query.where(
            "(e.object_id, e.account, e.livemode) IN"
            " (SELECT i.stripe_invoice_id, i.account, i.livemode FROM invoices i WHERE i.id = ?"
            " UNION ALL SELECT p.payment_id, p.account, p.livemode FROM invoices i JOIN invoice_payments p"
            " ON p.stripe_invoice_id = i.stripe_invoice_id AND p.account = i.account AND p.livemode = i.livemode"
            " WHERE i.id = ?"
            " UNION ALL SELECT f.object_id, f.account, f.livemode FROM invoices i JOIN payment_facts f"
            " ON f.invoice_id = i.stripe_invoice_id AND f.account = i.account AND f.livemode = i.livemode"
            " WHERE i.id = ?"
            " UNION ALL SELECT f.object_id, f.account, f.livemode FROM invoices i JOIN invoice_payments p"
            " ON p.stripe_invoice_id = i.stripe_invoice_id AND p.account = i.account AND p.livemode = i.livemode"
            " JOIN payment_facts f ON f.payment_intent_id = p.payment_intent_id AND f.payment_intent_id <> ''"
            " AND f.account = p.account AND f.livemode = p.livemode WHERE i.id = ?" +
                facts_named_by_invoice("f.object_id, f.account, f.livemode", "i.id = ?") + ")",
            std::vector<std::string>(6, id));
    } else {
        query.where(
            "e.object_id IN (SELECT ?::text"
            " UNION ALL SELECT p.payment_id FROM invoice_payments p WHERE p.stripe_invoice_id = ?"
            " UNION ALL SELECT f.object_id FROM payment_facts f WHERE f.invoice_id <> '' AND f.invoice_id = ?"
            " UNION ALL SELECT f.object_id FROM invoice_payments p JOIN payment_facts f"
            " ON f.payment_intent_id = p.payment_intent_id AND f.payment_intent_id <> ''"
            " AND f.account = p.account AND f.livemode = p.livemode WHERE p.stripe_invoice_id = ?" +
                facts_named_by_invoice("f.object_id", "i.stripe_invoice_id = ?") + ")",
            std::vector<std::string>(6, id));
    }
}

Query query_of(const v1::ListEventsRequest& request) {
    Query query;
    // As a literal, so that the partial index of dead events can serve the query.
    if (!request.state().empty()) query.where("e.state = '" + request.state() + "'");
    if (!request.invoice_id().empty()) add_invoice(query, request.invoice_id());
    if (!request.type().empty()) query.where("e.type = ?", {request.type()});
    if (request.has_received_from())
        query.where("e.received_at >= ?::timestamptz", {postgres::timestamp_text(request.received_from())});
    if (request.has_received_to())
        query.where("e.received_at < ?::timestamptz", {postgres::timestamp_text(request.received_to())});
    return query;
}

}  // namespace

bool is_event_state(std::string_view word) {
    return std::find(kStates.begin(), kStates.end(), word) != kStates.end();
}

rpc::Result<v1::ListEventsResponse> list_events(pqxx::connection& connection, const v1::ListEventsRequest& request) {
    auto query = query_of(request);
    if (!request.page_token().empty()) {
        const auto end = page_end_of(request);
        if (!end) return bad_token();
        query.where("(e.received_at, e.event_id, e.account, e.livemode) < (?::timestamptz, ?, ?, ?::boolean)",
                    {end->time, end->event_id, end->account, end->livemode ? "t" : "f"});
    }
    const int page_size = request.page_size() == 0 ? kDefaultPageSize : request.page_size();
    v1::ListEventsResponse response;
    for (const auto& row : query.run(connection, page_size + 1)) {
        if (response.events_size() == page_size) {
            response.set_next_page_token(token_of(response.events(page_size - 1), request));
            break;
        }
        *response.add_events() = event_of(row);
    }
    return response;
}

rpc::Result<v1::InboxEvent> get_event(pqxx::connection& connection, const v1::GetEventRequest& request) {
    const auto& name = request.name();
    pqxx::nontransaction session(connection);
    const auto rows =
        session.exec_params("SELECT " + std::string(kColumns) +
                                ", e.payload FROM events e"
                                " WHERE e.event_id = $1 AND e.account = $2 AND e.livemode = $3",
                            name.event_id(), name.account().empty() ? "default" : name.account(), name.livemode());
    if (rows.empty()) return rpc::make_status(grpc::StatusCode::NOT_FOUND, "there is no such event", "event_not_found");
    auto event = event_of(rows[0]);
    event.set_payload(postgres::bytes_of(rows[0][16].c_str()));
    return event;
}

}  // namespace quittance::invoice_store
