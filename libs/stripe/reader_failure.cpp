// https://docs.stripe.com/api/payment_intents/object#payment_intent_object-last_payment_error,
// https://docs.stripe.com/api/charges/object#charge_object-failure_code
#include "stripe/reader_failure.hpp"

#include <string>
#include <string_view>

#include "base/text.hpp"

namespace quittance::stripe {
namespace {

constexpr std::string_view kPrefix = "failure_of_";
constexpr std::size_t kLongestId = 255;
constexpr std::size_t kLongestCode = 255;
constexpr std::size_t kLongestMessage = 1'000;

// Some refusals have no code; the gateway's answers name them so, too.
constexpr std::string_view kWithoutCode = "payment_refused";

// The first `most` bytes, cut between two characters.
std::string_view beginning_of(std::string_view text, std::size_t most) {
    std::size_t length = 0;
    while (length < text.size()) {
        const auto next = base::utf8_sequence_length(text.substr(length));
        if (next == 0 || length + next > most) break;
        length += next;
    }
    return text.substr(0, length);
}

void put(std::string_view code, std::string_view decline_code, std::string_view message, v1::PaymentError& error) {
    assign_text(*error.mutable_code(), beginning_of(code.empty() ? kWithoutCode : code, kLongestCode));
    assign_text(*error.mutable_decline_code(), beginning_of(decline_code, kLongestCode));
    assign_text(*error.mutable_message(), beginning_of(message, kLongestMessage));
}

// The attempts of one payment intent have charges of their own. Without a charge the second tells them apart.
void name_attempt(const Fields& payment, std::string_view intent, std::string_view charge, std::int64_t second,
                  v1::PaymentFact& fact) {
    auto name = std::string(kPrefix).append(charge.empty() ? intent : charge);
    if (charge.empty()) name.append(1, '_').append(std::to_string(second));
    if (name.size() > kLongestId) payment.report("id", "is longer than 244 bytes");
    assign_text(*fact.mutable_object_id(), name);
    assign_text(*fact.mutable_charge_id(), charge);
}

void read_intent_error(const Fields& error, v1::PaymentError& out) {
    put(error.text("code"), error.text("decline_code"), error.text("message"), out);
}

// The decline code of a charge is the reason that the bank gave. Other outcomes have reasons of Stripe's own.
void read_charge_error(const Fields& charge, v1::PaymentError& out) {
    const auto outcome = charge.child("outcome");
    const bool by_bank = outcome.text("type") == "issuer_declined";
    put(charge.text("failure_code"), by_bank ? outcome.text("reason") : std::string_view(),
        charge.text("failure_message"), out);
}

}  // namespace

bool pays_no_invoice(const Fields& payment) {
    const auto says_none = [](const Fields& object) {
        if (object.object() == nullptr) return false;
        const auto* invoice = object.object()->if_contains("invoice");
        return invoice != nullptr && invoice->is_null();
    };
    const auto intent = payment.child("payment_intent");
    return says_none(payment) && (intent.object() == nullptr || says_none(intent));
}

bool read_failure(const Fields& payment, bool is_charge, const google::protobuf::Timestamp& event_time,
                  v1::PaymentFact& fact) {
    // An expanded payment intent tells more of the last attempt than the charge of this attempt.
    const auto error = (is_charge ? payment.child("payment_intent") : payment).child("last_payment_error");
    const auto charge = is_charge ? payment.text("id") : error.id("charge");
    const bool is_last = error.object() != nullptr && error.id("charge") == charge;
    if (!is_charge && error.object() == nullptr) return false;
    auto& failure = *fact.mutable_failure();
    if (is_last)
        read_intent_error(error, failure);
    else
        read_charge_error(payment, failure);
    const auto created = is_charge ? payment.time("created") : std::nullopt;
    failure.mutable_time()->set_seconds(created.value_or(event_time.seconds()));
    name_attempt(payment, payment.text("id"), charge, failure.time().seconds(), fact);
    const auto amount = payment.integer("amount").value_or(0);
    if (amount < 0) payment.report("amount", "is negative");
    fact.set_amount_minor(amount);
    return true;
}

}  // namespace quittance::stripe
