// What gives money back or takes it away after a payment: refunds, disputes, credit notes.
#pragma once

#include <string>
#include <vector>

#include "stripe_emulator/model/model.hpp"

namespace quittance::stripe_emulator {

struct Refund {
    std::string id;
    std::int64_t created = 0;
    std::int64_t amount = 0;
    std::string currency;
    std::string charge;
    OptionalText payment_intent;
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
    OptionalText payment_intent;
    std::string reason = "general";
    std::string status = "needs_response";
    json::object evidence;
    bool submitted = false;
    json::object metadata;
};

// What a credit note credits: a part of a line of its invoice, or something of its own.
struct CreditNoteLine {
    std::string id;
    OptionalText invoice_line;  // "il_…"; none: a custom line
    OptionalText description;
    std::int64_t amount = 0;
    OptionalInteger quantity;
    OptionalText unit_amount_decimal;
};

// Money that goes back with a credit note: a refund of a charge, or one of a payment record.
struct CreditNoteRefund {
    std::int64_t amount = 0;
    OptionalText refund;
    OptionalText payment_record;
    OptionalText refund_group;
};

// The part before the payment lowers what is left to pay. The part after it goes back as refunds, as credit on the
// customer's balance, or outside of Stripe.
struct CreditNote {
    std::string id;
    std::int64_t created = 0;
    std::string invoice;
    std::string customer;
    std::string number;
    std::string currency;
    std::int64_t amount = 0;
    std::int64_t pre_payment_amount = 0;
    std::int64_t post_payment_amount = 0;
    std::int64_t refund_amount = 0;  // of refunds that the note makes itself
    std::int64_t credit_amount = 0;
    std::int64_t out_of_band_amount = 0;
    std::vector<CreditNoteRefund> refunds;
    std::vector<CreditNoteLine> lines;
    OptionalText memo;
    OptionalText reason;
    OptionalInteger effective_at;
    OptionalInteger voided_at;
    json::object metadata;
};

}  // namespace quittance::stripe_emulator
