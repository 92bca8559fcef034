// The objects of a Stripe account in one internal form. render_2023.cpp and render_basil.cpp make the two public
// shapes. Amounts are in minor units, times in Unix seconds, `..._ms` on the schedule clock.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace quittance::stripe_emulator {

namespace json = boost::json;
using OptionalText = std::optional<std::string>;
using OptionalInteger = std::optional<std::int64_t>;

// Before 2025-03-31.basil an invoice has `paid`, `charge`, `payment_intent` …; from then on it has `parent`, `payments`
// ….
enum class Shape { k2023, kBasil };

// The part of a customer that its invoices show. A draft shows the present values; finalising freezes them.
struct Identity {
    OptionalText email;
    OptionalText name;
    OptionalText phone;
    json::value address;   // null or an object of six members
    json::value shipping;  // null or an object
    std::string tax_exempt = "none";
};

struct Customer {
    std::string id;
    std::int64_t created = 0;
    bool deleted = false;
    Identity identity;
    std::int64_t balance = 0;  // negative: credit that lowers the next invoice; positive: owed
    OptionalText currency;
    OptionalText description;
    json::object metadata;
    std::string invoice_prefix;
    std::int64_t next_invoice_sequence = 1;
    OptionalText default_payment_method;
    OptionalText invoice_footer;
    json::value invoice_custom_fields;  // null or an array
    json::array preferred_locales;
};

enum class CardBehaviour { kPays, kDeclined, kInsufficientFunds, kNeedsAuthentication, kRefusedOnAttach };

struct PaymentMethod {
    std::string id;
    std::int64_t created = 0;
    OptionalText customer;
    CardBehaviour behaviour = CardBehaviour::kPays;
    std::string brand = "visa";
    std::string last4 = "4242";
    std::string fingerprint;
    std::int64_t exp_month = 8;
    std::int64_t exp_year = 2030;
    json::object billing_details;
    json::object metadata;
};

struct Price {
    std::string id;
    std::int64_t created = 0;
    std::string product;
    std::string currency;
    OptionalInteger unit_amount;      // null where the unit is not whole
    std::string unit_amount_decimal;  // always there
};

// An invoice item and, once it is on an invoice, its line: Stripe's `ii_` and `il_` are two views of one thing here.
struct Item {
    std::string id;
    std::string line_id;
    std::int64_t created = 0;
    bool deleted = false;
    std::string customer;
    OptionalText invoice;  // none: pending
    std::int64_t amount = 0;
    std::string currency;
    OptionalText description;
    bool discountable = true;
    json::object metadata;
    std::int64_t period_start = 0;
    std::int64_t period_end = 0;
    std::string price;
    std::int64_t quantity = 1;
};

enum class InvoiceStatus { kDraft, kOpen, kPaid, kUncollectible, kVoid, kDeleted };

struct Invoice {
    std::string id;
    std::int64_t created = 0;
    InvoiceStatus status = InvoiceStatus::kDraft;
    std::string customer;
    std::optional<Identity> frozen_identity;
    std::string currency;
    bool send_invoice = false;  // collection_method
    bool auto_advance = false;
    OptionalText default_payment_method;
    OptionalText description;
    OptionalText footer;
    OptionalText statement_descriptor;
    OptionalText number;
    json::object metadata;
    json::value custom_fields;
    json::value payment_method_types;
    json::value amount_tax_display;
    OptionalInteger due_date;
    OptionalInteger effective_at;
    OptionalInteger automatically_finalizes_at;  // set by the caller; else it follows from auto_advance
    std::vector<std::string> items;              // in the order of the lines
    std::int64_t total = 0;
    std::int64_t amount_due = 0;  // fixed at finalisation; while a draft it follows total and balance
    std::int64_t amount_paid = 0;
    std::int64_t pre_payment_notes = 0;  // credit notes from before and after the payment, the void ones left out
    std::int64_t post_payment_notes = 0;
    int credit_notes = 0;  // how many there ever were: they number the next
    std::int64_t starting_balance = 0;
    OptionalInteger ending_balance;
    bool paid = false;
    bool paid_out_of_band = false;
    bool attempted = false;
    std::int64_t attempt_count = 0;
    int automatic_retries = 0;
    OptionalInteger next_payment_attempt;
    OptionalInteger finalized_at, paid_at, voided_at, marked_uncollectible_at;
    OptionalInteger webhooks_delivered_at;
    OptionalText payment_intent, charge, invoice_payment;
    OptionalText link_token;  // part of the hosted and PDF links
    json::value last_finalization_error;
    std::int64_t created_ms = 0;
    OptionalInteger accepted_ms;  // when every endpoint had accepted invoice.created
    OptionalInteger collect_ms;   // the next automatic attempt
};

struct PaymentIntent {
    std::string id;
    std::int64_t created = 0;
    std::int64_t amount = 0;
    std::int64_t amount_received = 0;
    std::string currency;
    std::string customer;
    std::string invoice;
    std::string status = "requires_payment_method";
    std::string client_secret;
    OptionalText latest_charge;
    OptionalText payment_method;
    OptionalInteger canceled_at;
    json::value last_payment_error;
    json::value next_action;
};

struct Charge {
    std::string id;
    std::int64_t created = 0;
    std::int64_t amount = 0;
    bool paid = false;
    std::string currency;
    std::string customer;
    std::string invoice;
    std::string payment_intent;
    OptionalText payment_method;
    OptionalText failure_code;
    OptionalText failure_message;
    std::int64_t amount_refunded = 0;
    bool disputed = false;
};

struct Refund {
    std::string id;
    std::int64_t created = 0;
    std::int64_t amount = 0;
    std::string currency;
    std::string charge;
    std::string payment_intent;
    OptionalText reason;
    OptionalText failure_reason;
    std::string status = "succeeded";
    json::object metadata;
};

struct Dispute {
    std::string id;
    std::int64_t created = 0;
    std::int64_t amount = 0;
    std::string currency;
    std::string charge;
    std::string payment_intent;
    std::string reason = "general";
    std::string status = "needs_response";
};

// Before the payment it lowers what is left to pay; after it, its amount goes back as a refund, as credit on the
// customer's balance, or outside of Stripe.
struct CreditNote {
    std::string id;
    std::int64_t created = 0;
    std::string invoice;
    std::string customer;
    std::string number;
    std::string currency;
    std::int64_t amount = 0;
    bool pre_payment = false;
    std::int64_t refund_amount = 0;
    std::int64_t credit_amount = 0;
    std::int64_t out_of_band_amount = 0;
    OptionalText refund;
    OptionalText memo;
    OptionalText reason;
    OptionalInteger effective_at;
    OptionalInteger voided_at;
    json::object metadata;
};

struct InvoicePayment {
    std::string id;
    std::int64_t created = 0;
    std::string invoice;
    std::string payment_intent;
    std::string currency;
    std::int64_t amount_requested = 0;
    OptionalInteger amount_paid;
    std::string status = "open";
    OptionalInteger paid_at;
    OptionalInteger canceled_at;
};

struct Event {
    std::string id;
    std::int64_t created = 0;
    std::int64_t advanced_ms = 0;  // how far the clock had been moved then
    std::string type;
    std::string object_id;
    std::string request_id;  // empty: automatic
    std::string idempotency_key;
    bool basil_only = false;            // a kind of event that older versions do not know
    std::map<Shape, std::string> data;  // the envelope's `data` as compact JSON, in each shape that was in use
    int pending_webhooks = 0;
    int undelivered = 0;  // of the endpoints that were listening; 0 means delivery_success
};

struct WebhookEndpoint {
    std::string id;
    std::int64_t created = 0;
    bool deleted = false;
    bool disabled = false;
    bool connect = false;  // for the events of connected accounts, and for no others
    std::string url;
    OptionalText api_version;
    OptionalText description;
    std::vector<std::string> enabled_events;
    json::object metadata;
    std::string secret;
    OptionalText old_secret;  // still signs while the secret is rolled
    std::int64_t old_secret_until_ms = 0;
};

}  // namespace quittance::stripe_emulator
