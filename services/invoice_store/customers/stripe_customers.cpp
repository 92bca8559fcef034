// The customers' statements. The changes are computed first, because they decide which lock is needed. If several
// events, or an event and the row, carry the same second, the inbox has the other events of that second.
#include "invoice_store/customers/stripe_customers.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "base/object_id.hpp"
#include "base/timestamps.hpp"
#include "invoice_store/customers/customer_event_order.hpp"
#include "invoice_store/customers/registered_customers.hpp"
#include "invoice_store/invoices/invoice_lookup.hpp"
#include "postgres/literal.hpp"
#include "stripe/reader.hpp"

namespace quittance::invoice_store {
namespace {

constexpr std::size_t kIdentifierBytes = 255;

// The owner of each of the customer's invoices. Metadata that is no id counts as missing.
constexpr const char* kOwners = R"(
    SELECT i.id,
           coalesce(substring(i.metadata ->> 'user_id' FROM '^[0-9a-f]{24}$'), s.user_id) AS user_id,
           coalesce(nullif(s.name, ''), i.customer_name) AS user_name,
           coalesce(substring(i.metadata ->> 'team_id' FROM '^[0-9a-f]{24}$'), s.team_id) AS team_id
    FROM unnest($1::text[], $2::text[], $3::boolean[]) AS w(stripe_customer_id, account, livemode)
    JOIN stripe_customers s USING (stripe_customer_id, account, livemode)
    JOIN invoices i USING (stripe_customer_id, account, livemode))";

struct Known {
    v1::StripeCustomer customer;
    google::protobuf::Timestamp event_time;
    std::string event_id;
    bool registered = false;
    bool stored = false;
};

using Key = std::tuple<std::string, std::string, bool>;

Key key_of(const v1::InvoiceEvent& event) {
    return {event.stripe_customer().stripe_customer_id(), event.account(), event.livemode()};
}

// The changes of a customer in the newest second that has any.
struct Second {
    google::protobuf::Timestamp time;
    std::vector<CustomerChange> changes;
};

// The customer after the batch, with the time and the greatest event id of the changes that decided it.
struct Standing {
    v1::StripeCustomer customer;
    google::protobuf::Timestamp event_time;
    std::string event_id;
};

google::protobuf::Timestamp time_of(const v1::InvoiceEvent& event) {
    return postgres::storable(event.event_time());
}

// Compares an event's time with the stored one.
std::strong_ordering compare_to(const Known& known, const v1::InvoiceEvent& event) {
    return known.stored ? base::compare(time_of(event), known.event_time) : std::strong_ordering::greater;
}

struct Arrays {
    postgres::ArrayLiteral ids;
    postgres::ArrayLiteral accounts;
    postgres::ArrayLiteral modes;

    void add(const Key& key) {
        ids.add_text(std::get<0>(key));
        accounts.add_text(std::get<1>(key));
        modes.add_boolean(std::get<2>(key));
    }
};

std::map<Key, Known> load(pqxx::transaction_base& transaction, const std::vector<const v1::InvoiceEvent*>& events) {
    Arrays wanted;
    for (const auto* event : events) wanted.add(key_of(*event));
    const auto rows = transaction.exec_params(
        R"(
        SELECT w.stripe_customer_id, w.account, w.livemode, c.stripe_customer_id IS NOT NULL,
               s.name, s.user_id, s.team_id, s.event_time, s.event_id
        FROM (SELECT DISTINCT * FROM unnest($1::text[], $2::text[], $3::boolean[])
              AS w(stripe_customer_id, account, livemode)) w
        LEFT JOIN customers c ON c.stripe_customer_id = w.stripe_customer_id AND c.account = w.account
        LEFT JOIN stripe_customers s ON s.stripe_customer_id = w.stripe_customer_id AND s.account = w.account
             AND s.livemode = w.livemode)",
        wanted.ids.take(), wanted.accounts.take(), wanted.modes.take());
    std::map<Key, Known> customers;
    for (const auto& row : rows) {
        auto& known = customers[{row[0].c_str(), row[1].c_str(), row[2].c_str()[0] == 't'}];
        known.registered = row[3].c_str()[0] == 't';
        known.stored = !row[4].is_null();
        if (!known.stored) continue;
        known.customer.set_name(row[4].c_str());
        known.customer.set_user_id(row[5].c_str());
        known.customer.set_team_id(row[6].c_str());
        known.event_time = postgres::timestamp_of(row[7].c_str());
        known.event_id = row[8].c_str();
    }
    return customers;
}

// The changes in the newest second of each customer, without those that are older than the row.
std::map<Key, Second> newest_seconds(const std::vector<const v1::InvoiceEvent*>& events,
                                     const std::map<Key, Known>& customers) {
    std::map<Key, Second> newest;
    for (const auto* event : events) {
        const auto key = key_of(*event);
        if (std::is_lt(compare_to(customers.at(key), *event))) continue;
        auto& second = newest[key];
        const auto time = time_of(*event);
        const auto order = second.changes.empty() ? std::strong_ordering::greater : base::compare(time, second.time);
        if (std::is_lt(order)) continue;
        if (std::is_gt(order)) second = {time, {}};
        second.changes.push_back({event->event_id(), event->type(), event->stripe_customer()});
    }
    return newest;
}

bool holds(const std::vector<CustomerChange>& changes, std::string_view event_id) {
    return std::any_of(changes.begin(), changes.end(), [&](const auto& change) { return change.event_id == event_id; });
}

// Adds the earlier changes of the row's second where that second is still the newest: from the inbox, and from the row
// itself where the inbox does not hold its event any more.
void add_stored_changes(pqxx::transaction_base& transaction, const std::map<Key, Known>& customers,
                        std::map<Key, Second>& newest) {
    Arrays shared;
    postgres::ArrayLiteral times;
    std::vector<Key> same_second;
    for (const auto& [key, second] : newest) {
        const auto& known = customers.at(key);
        if (!known.stored || std::is_neq(base::compare(second.time, known.event_time))) continue;
        same_second.push_back(key);
        shared.add(key);
        times.add_time(second.time);
    }
    if (same_second.empty()) return;
    const auto rows = transaction.exec_params(
        R"(
        SELECT e.object_id, e.account, e.livemode, e.event_id, e.payload
        FROM unnest($1::text[], $2::text[], $3::boolean[], $4::timestamptz[])
             AS w(object_id, account, livemode, event_time)
        CROSS JOIN LATERAL (
            SELECT * FROM events e
            WHERE e.object_id = w.object_id AND e.account = w.account AND e.livemode = w.livemode
              AND e.event_time = w.event_time AND e.state IN ('applied', 'stale')
              AND e.type IN ('customer.created', 'customer.updated', 'customer.deleted')
            ORDER BY e.received_at DESC LIMIT 100) e)",
        shared.ids.take(), shared.accounts.take(), shared.modes.take(), times.take());
    for (const auto& row : rows) {
        auto& changes = newest.at({row[0].c_str(), row[1].c_str(), row[2].c_str()[0] == 't'}).changes;
        if (holds(changes, row[3].c_str())) continue;
        auto read = stripe::read_event(postgres::bytes_of(row[4].c_str()));
        if (!read.has_value() || !read->event.has_stripe_customer()) continue;
        changes.push_back({row[3].c_str(), read->event.type(), std::move(*read->event.mutable_stripe_customer())});
    }
    for (const auto& key : same_second) {
        const auto& known = customers.at(key);
        auto& changes = newest.at(key).changes;
        if (!holds(changes, known.event_id)) changes.push_back({known.event_id, "", known.customer});
    }
}

std::map<Key, Standing> decide(const std::map<Key, Second>& newest) {
    std::map<Key, Standing> standing;
    for (const auto& [key, second] : newest) {
        auto& stands = standing[key];
        stands.customer = newest_of(second.changes).customer;
        stands.event_time = second.time;
        for (const auto& change : second.changes) stands.event_id = std::max(stands.event_id, change.event_id);
    }
    return standing;
}

void store(pqxx::transaction_base& transaction, const std::map<Key, Standing>& standing) {
    Arrays keys;
    postgres::ArrayLiteral names;
    postgres::ArrayLiteral users;
    postgres::ArrayLiteral teams;
    postgres::ArrayLiteral deleted;
    postgres::ArrayLiteral times;
    postgres::ArrayLiteral event_ids;
    for (const auto& [key, stands] : standing) {
        keys.add(key);
        names.add_text(stands.customer.name());
        users.add_text(stands.customer.user_id());
        teams.add_text(stands.customer.team_id());
        deleted.add_boolean(stands.customer.deleted());
        times.add_time(stands.event_time);
        event_ids.add_text(stands.event_id);
    }
    transaction.exec_params(
        R"(
        INSERT INTO stripe_customers AS s (stripe_customer_id, account, livemode, name, user_id, team_id, deleted,
                                           event_time, event_id)
        SELECT * FROM unnest($1::text[], $2::text[], $3::boolean[], $4::text[], $5::text[], $6::text[], $7::boolean[],
                             $8::timestamptz[], $9::text[])
        ON CONFLICT (stripe_customer_id, account, livemode) DO UPDATE SET
            name = excluded.name, user_id = excluded.user_id, team_id = excluded.team_id, deleted = excluded.deleted,
            event_time = excluded.event_time, event_id = excluded.event_id
        WHERE (excluded.event_time, excluded.event_id) >= (s.event_time, s.event_id))",
        keys.ids.take(), keys.accounts.take(), keys.modes.take(), names.take(), users.take(), teams.take(),
        deleted.take(), times.take(), event_ids.take());
}

}  // namespace

std::optional<std::string> customer_problem(const v1::InvoiceEvent& event) {
    if (!event.has_stripe_customer()) return std::nullopt;
    const auto& customer = event.stripe_customer();
    if (customer.stripe_customer_id().empty()) return "the customer has no id";
    if (customer.stripe_customer_id().size() > kIdentifierBytes) return "the customer's id is longer than 255 bytes";
    for (const auto* id : {&customer.user_id(), &customer.team_id()})
        if (!id->empty() && !base::is_object_id(*id)) return "an id in the customer's metadata is not 24 hex digits";
    return std::nullopt;
}

std::optional<std::vector<bool>> apply_customers(pqxx::transaction_base& transaction,
                                                 const std::vector<const v1::InvoiceEvent*>& events,
                                                 bool holds_lock_alone, InvoiceCounts& counts) {
    const auto customers = load(transaction, events);
    auto newest = newest_seconds(events, customers);
    add_stored_changes(transaction, customers, newest);
    const auto standing = decide(newest);
    std::vector<bool> applied;
    for (const auto* event : events) {
        const auto key = key_of(*event);
        const auto order = compare_to(customers.at(key), *event);
        applied.push_back(std::is_gt(order) ||
                          (std::is_eq(order) && same_owner(standing.at(key).customer, event->stripe_customer())));
    }
    if (standing.empty()) return applied;
    Arrays moved;
    bool moves = false;
    for (const auto& [key, stands] : standing) {
        const auto& known = customers.at(key);
        if (known.registered || same_owner(known.customer, stands.customer)) continue;
        moved.add(key);
        moves = true;
    }
    if (moves && !holds_lock_alone) return std::nullopt;
    store(transaction, standing);
    if (moves)
        move_invoices(transaction, kOwners, {moved.ids.take(), moved.accounts.take(), moved.modes.take()}, counts);
    return applied;
}

}  // namespace quittance::invoice_store
