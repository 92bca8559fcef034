// The objects of a Stripe account in one internal form. render_2023.cpp and render_basil.cpp make the two public
// shapes. Amounts are in minor units, times in Unix seconds, `..._ms` on the schedule clock.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace quittance::stripe_emulator {

namespace json = boost::json;
using OptionalText = std::optional<std::string>;
using OptionalInteger = std::optional<std::int64_t>;

// How objects look, by version: up to 2023-10-16, then up to acacia, then basil, then from 2025-12-15.clover on. Before
// basil an invoice has `paid`, `charge`, `payment_intent` …; from then on it has `parent`, `payments` ….
enum class Shape { k2023, k2024, kBasil, kClover };

inline bool is_before_basil(Shape shape) {
    return shape < Shape::kBasil;
}

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

// kDisputed and kQuestioned pay, and their payer disputes or questions the charge at once. kClears is a bank debit,
// which takes days.
enum class CardBehaviour {
    kPays,
    kDeclined,
    kInsufficientFunds,
    kNeedsAuthentication,
    kRefusedOnAttach,
    kDisputed,
    kQuestioned,
    kClears
};

struct PaymentMethod {
    std::string id;
    std::int64_t created = 0;
    OptionalText customer;
    CardBehaviour behaviour = CardBehaviour::kPays;
    OptionalText iban_last4;  // of a SEPA debit; none: a card
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
    bool active = false;  // a price that was made for one item is not
    OptionalText nickname;
    json::value recurring;  // null or an object; null: for single items
    json::object metadata;
    OptionalInteger unit_amount;      // null where the unit is not whole
    std::string unit_amount_decimal;  // always there
};

// A product, plan, coupon, promotion code or tax rate.
struct CatalogueEntry {
    std::string id;
    std::string kind;    // "product"
    json::object shown;  // as every version shows it
    bool deleted = false;
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
    std::int64_t amount_due = 0;   // fixed at finalisation; while a draft it follows total and balance
    std::int64_t amount_paid = 0;  // by all payments, at most what was due
    std::int64_t amount_overpaid = 0;
    std::int64_t out_of_band = 0;        // the part of amount_paid that was paid outside of Stripe
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
    OptionalText payment_intent, invoice_payment;  // the default payment, which collecting uses
    OptionalText charge;                           // the newest one of any payment
    std::vector<std::string> payments;             // all InvoicePayments but the detached ones, oldest first
    OptionalText link_token;                       // part of the hosted and PDF links
    json::value last_finalization_error;
    std::int64_t created_ms = 0;
    OptionalInteger accepted_ms;  // when every endpoint had accepted invoice.created
    OptionalInteger collect_ms;   // the next automatic attempt
};

}  // namespace quittance::stripe_emulator
