// Payments: what is charged, and which invoices it pays.
#pragma once

#include <string>
#include <vector>

#include "stripe_emulator/model/model.hpp"

namespace quittance::stripe_emulator {

struct PaymentIntent {
    std::string id;
    std::int64_t created = 0;
    std::int64_t amount = 0;
    std::int64_t amount_received = 0;
    std::int64_t amount_capturable = 0;
    std::string currency;
    OptionalText customer;
    OptionalText invoice;  // of an invoice's default payment
    std::string status = "requires_payment_method";
    std::string client_secret;
    std::string capture_method = "automatic";
    OptionalText description;
    OptionalText receipt_email;
    OptionalText setup_future_usage;
    OptionalText statement_descriptor;
    json::object metadata;
    OptionalText latest_charge;
    OptionalText payment_method;
    OptionalInteger canceled_at;
    OptionalText cancellation_reason;
    json::value last_payment_error;
    json::value next_action;
    std::vector<std::string> invoice_payments;  // the ids of all that it pays or paid
};

struct Charge {
    std::string id;
    std::int64_t created = 0;
    std::int64_t amount = 0;
    std::int64_t amount_captured = 0;
    bool paid = false;
    bool captured = false;
    std::string currency;
    OptionalText customer;
    OptionalText invoice;  // of an invoice's default payment
    OptionalText payment_intent;
    OptionalText payment_method;
    OptionalText description;
    OptionalText receipt_email;
    json::object metadata;
    OptionalText failure_code;
    OptionalText failure_message;
    std::int64_t amount_refunded = 0;
    bool disputed = false;
};

// The wish to keep a payment method for later, without a payment.
struct SetupIntent {
    std::string id;
    std::int64_t created = 0;
    OptionalText customer;
    OptionalText payment_method;
    OptionalText description;
    std::string status = "requires_payment_method";
    OptionalText cancellation_reason;
    json::value last_setup_error;
    json::value next_action;
    json::object metadata;
};

// A payment that somebody received outside of Stripe and reported to it.
struct PaymentRecord {
    std::string id;
    std::int64_t created = 0;
    std::int64_t amount = 0;
    std::string currency;
    std::string outcome;  // "guaranteed", "failed" or "canceled"; empty: none yet
    std::int64_t initiated_at = 0;
    OptionalInteger settled_at;  // of the outcome
    std::int64_t amount_refunded = 0;
    json::value customer_details;
    json::object method_details;
    json::value processor_details;
    OptionalText description;
    json::object metadata;
    std::string attempt;                        // latest_payment_attempt_record
    std::vector<std::string> invoice_payments;  // the ids of all that it pays
};

// One payment of one invoice. The same PaymentIntent or PaymentRecord may pay several invoices.
struct InvoicePayment {
    std::string id;
    std::int64_t created = 0;
    std::string invoice;
    OptionalText payment_intent;
    OptionalText payment_record;
    std::string currency;
    bool is_default = false;
    std::int64_t amount_requested = 0;
    OptionalInteger amount_paid;
    std::string status = "open";  // "open", "paid", "canceled" or "detached"
    OptionalInteger paid_at;
    OptionalInteger canceled_at;
};

}  // namespace quittance::stripe_emulator
