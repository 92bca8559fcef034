// The customers' statements. What an event changes is found out first, because it decides which lock is needed.
#include "invoice_store/stripe_customers.hpp"

#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "invoice_store/customers.hpp"
#include "invoice_store/merge.hpp"
#include "invoice_store/repository.hpp"
#include "postgres/literal.hpp"

namespace quittance::invoice_store {
namespace {

constexpr std::size_t kIdentifierBytes = 255;

// What an invoice of the customer would have, from the metadata that stand in its row: "" for what is no id.
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

bool is_later(const v1::InvoiceEvent& event, const Known& known) {
    if (!known.stored) return true;
    const auto order = compare(known.event_time, event.event_time());
    return std::is_lt(order) || (std::is_eq(order) && known.event_id < event.event_id());
}

bool same_owner(const v1::StripeCustomer& left, const v1::StripeCustomer& right) {
    return left.name() == right.name() && left.user_id() == right.user_id() && left.team_id() == right.team_id();
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

void store(pqxx::transaction_base& transaction, const std::map<Key, const v1::InvoiceEvent*>& newest) {
    Arrays keys;
    postgres::ArrayLiteral names;
    postgres::ArrayLiteral users;
    postgres::ArrayLiteral teams;
    postgres::ArrayLiteral deleted;
    postgres::ArrayLiteral times;
    postgres::ArrayLiteral event_ids;
    for (const auto& [key, event] : newest) {
        const auto& customer = event->stripe_customer();
        keys.add(key);
        names.add_text(customer.name());
        users.add_text(customer.user_id());
        teams.add_text(customer.team_id());
        deleted.add_boolean(customer.deleted());
        times.add_time(event->event_time());
        event_ids.add_text(event->event_id());
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
        WHERE (excluded.event_time, excluded.event_id) > (s.event_time, s.event_id))",
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
        if (!id->empty() && !is_own_id(*id)) return "an id in the customer's metadata is not 24 hex digits";
    return std::nullopt;
}

std::optional<std::vector<bool>> apply_customers(pqxx::transaction_base& transaction,
                                                 const std::vector<const v1::InvoiceEvent*>& events,
                                                 bool holds_lock_alone, InvoiceCounts& counts) {
    const auto customers = load(transaction, events);
    std::vector<bool> applied;
    std::map<Key, const v1::InvoiceEvent*> newest;
    for (const auto* event : events) {
        const auto key = key_of(*event);
        applied.push_back(is_later(*event, customers.at(key)));
        if (!applied.back()) continue;
        auto& place = newest[key];
        if (place == nullptr ||
            is_later(*event, {place->stripe_customer(), place->event_time(), place->event_id(), false, true}))
            place = event;
    }
    if (newest.empty()) return applied;
    Arrays moved;
    bool moves = false;
    for (const auto& [key, event] : newest) {
        const auto& known = customers.at(key);
        if (known.registered || same_owner(known.customer, event->stripe_customer())) continue;
        moved.add(key);
        moves = true;
    }
    if (moves && !holds_lock_alone) return std::nullopt;
    store(transaction, newest);
    if (moves)
        move_invoices(transaction, kOwners, {moved.ids.take(), moved.accounts.take(), moved.modes.take()}, counts);
    return applied;
}

}  // namespace quittance::invoice_store
