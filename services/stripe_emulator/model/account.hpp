// One mode of one Stripe account: its objects, its agenda and its webhook ledger. Plain data without I/O. The calls on
// it are in operations.hpp, and its JSON is made by render.hpp.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "stripe_emulator/model/call.hpp"
#include "stripe_emulator/model/corrections.hpp"
#include "stripe_emulator/model/delivery_ledger.hpp"
#include "stripe_emulator/model/events.hpp"
#include "stripe_emulator/model/ids.hpp"
#include "stripe_emulator/model/model.hpp"
#include "stripe_emulator/model/payments.hpp"
#include "stripe_emulator/model/table.hpp"

namespace quittance::stripe_emulator {

struct AccountSettings {
    std::string id = "acct_1QtncEMu1at0rXy7";
    std::string country = "US";
    std::string name = "Stripe emulator";
    std::string currency = "eur";
    std::string api_version = "2023-10-16";
    bool livemode = false;
    std::uint64_t seed = 1;
};

// What the faults do to one outgoing webhook.
struct WebhookFate {
    bool lost = false;
    bool duplicated = false;
    std::int64_t delay_ms = 0;            // on the schedule clock
    std::int64_t duplicate_delay_ms = 0;  // of the second copy
};

struct Account {
    explicit Account(AccountSettings chosen) : settings(std::move(chosen)), ids(settings.seed, settings.id) {}

    AccountSettings settings;
    IdSource ids;
    // The account that this one is connected to, in the same mode; null: none. And the accounts connected to this one.
    Account* platform = nullptr;
    std::vector<Account*> connected;

    Table<Customer> customers;
    Table<PaymentMethod> payment_methods;
    Table<Invoice> invoices;
    Table<Item> items;
    Table<Price> prices;
    Table<CatalogueEntry> catalogue;
    Table<PaymentIntent> payment_intents;
    Table<Charge> charges;
    Table<Refund> refunds;
    Table<Dispute> disputes;
    Table<CreditNote> credit_notes;
    Table<InvoicePayment> invoice_payments;
    Table<PaymentRecord> payment_records;
    Table<SetupIntent> setup_intents;
    Table<Event> events;
    Table<WebhookEndpoint> endpoints;

    DeliveryLedger deliveries;
    // The invoices with an automatic step, by schedule time. An entry may be stale, so its reader checks it.
    std::set<std::pair<std::int64_t, std::string>> agenda;
    // Called for each webhook before it is scheduled: event type, endpoint id.
    std::function<WebhookFate(const std::string&, const std::string&)> webhook_fate;
    // Whether an event of that type fails to be generated.
    std::function<bool(const std::string&)> event_goes_missing;
    std::vector<MissingEvent> missing_events;  // those that no health event has told of yet
};

}  // namespace quittance::stripe_emulator
