// Reads what a credit note credits and how money goes back, and refuses what does not add up.
#include <boost/json/array.hpp>
#include <numeric>

#include "stripe_emulator/billing/billing.hpp"
#include "stripe_emulator/credit_notes/credit_notes.hpp"

namespace quittance::stripe_emulator {
namespace {

std::int64_t sum_of_refunds(const CreditNote& note) {
    return std::accumulate(note.refunds.begin(), note.refunds.end(), std::int64_t{0},
                           [](std::int64_t sum, const CreditNoteRefund& one) { return sum + one.amount; });
}

// The amount, given by itself or as the sum of the lines.
Result<void> read_amount(const json::object& parameters, CreditNote& note) {
    const auto amount = integer_of(parameters, "amount");
    const auto sum =
        std::accumulate(note.lines.begin(), note.lines.end(), std::int64_t{0},
                        [](std::int64_t total, const CreditNoteLine& line) { return total + line.amount; });
    if (!amount && note.lines.empty()) return parameter_missing("amount");
    if (amount && *amount < 1)
        return parameter_invalid("amount", "Invalid positive integer", "parameter_invalid_integer");
    if (amount && !note.lines.empty() && *amount != sum) {
        return invalid_request("The sum of the lines (" + std::to_string(sum) +
                                   ") must equal the credit note's amount (" + std::to_string(*amount) + ").",
                               "amount");
    }
    note.amount = amount.value_or(sum);
    return {};
}

// The three amounts that need no object of their own; each is 0 or more.
Result<void> read_ways_back(const json::object& parameters, CreditNote& note) {
    const std::pair<const char*, std::int64_t CreditNote::*> ways[] = {
        {"refund_amount", &CreditNote::refund_amount},
        {"credit_amount", &CreditNote::credit_amount},
        {"out_of_band_amount", &CreditNote::out_of_band_amount}};
    for (const auto& [name, member] : ways) {
        note.*member = integer_of(parameters, name).value_or(0);
        if (note.*member < 0 || note.*member > kLargestAmount)
            return parameter_invalid(name, "Invalid non-negative integer", "parameter_invalid_integer");
    }
    return {};
}

// A refund that exists already.
Result<CreditNoteRefund> linked_refund(const Account& account, const std::string& id, OptionalInteger amount,
                                       std::string_view param) {
    const auto* refund = account.refunds.find(id);
    if (refund == nullptr) return no_such_parameter("refund", id, param);
    if (amount.value_or(1) < 1 || amount.value_or(0) > refund->amount)
        return invalid_request("The amount is greater than the refund's.", param);
    CreditNoteRefund linked;
    linked.refund = id;
    linked.amount = amount.value_or(refund->amount);
    return linked;
}

Result<CreditNoteRefund> record_refund(const Account& account, const json::object& given, const std::string& prefix) {
    const auto* of_record = object_of(given, "payment_record_refund");
    const auto name = parameter_name(prefix, "payment_record_refund");
    if (of_record == nullptr) return parameter_missing(name);
    CreditNoteRefund refund;
    refund.payment_record = text_of(*of_record, "payment_record");
    refund.refund_group = text_of(*of_record, "refund_group");
    const auto* record = account.payment_records.find(refund.payment_record.value_or(""));
    if (record == nullptr)
        return no_such_parameter("payment_record", refund.payment_record.value_or(""), name + "[payment_record]");
    refund.amount = integer_of(given, "amount_refunded").value_or(record->amount_refunded);
    if (refund.amount < 1 || refund.amount > record->amount)
        return invalid_request("The amount is greater than the payment record's.",
                               parameter_name(prefix, "amount_refunded"));
    return refund;
}

Result<void> read_refunds(const Account& account, const json::object& parameters, CreditNote& note) {
    if (const auto id = text_of(parameters, "refund")) {
        auto linked = linked_refund(account, *id, std::nullopt, "refund");
        if (!linked) return linked.error();
        note.refunds.push_back(*std::move(linked));
    }
    const auto* given = array_of(parameters, "refunds");
    if (given == nullptr) return {};
    for (const auto& element : *given) {
        const auto& one = element.as_object();
        const auto prefix = "refunds[" + std::to_string(note.refunds.size()) + ']';
        const bool of_record = text_of(one, "type") == OptionalText("payment_record_refund");
        auto read = of_record ? record_refund(account, one, prefix)
                              : linked_refund(account, text_of(one, "refund").value_or(""),
                                              integer_of(one, "amount_refunded"), parameter_name(prefix, "refund"));
        if (!read) return read.error();
        note.refunds.push_back(*std::move(read));
    }
    return {};
}

// What is still owed is credited first. The rest was paid, and has to go back.
void divide(CreditNote& note, const Invoice& invoice) {
    const auto owed = invoice.status == InvoiceStatus::kPaid ? 0 : amount_to_pay(invoice);
    note.pre_payment_amount = std::min(note.amount, owed);
    note.post_payment_amount = note.amount - note.pre_payment_amount;
}

Result<void> check_division(const Account& account, const CreditNote& note, const Invoice& invoice) {
    const auto most = note.pre_payment_amount + invoice.amount_paid - invoice.post_payment_notes;
    if (note.amount > most) {
        return invalid_request("The credit note's amount (" + std::to_string(note.amount) +
                                   ") is greater than what the invoice has left to credit (" + std::to_string(most) +
                                   ").",
                               "amount");
    }
    const auto back = note.refund_amount + note.credit_amount + note.out_of_band_amount + sum_of_refunds(note);
    if (note.post_payment_amount == 0 && back != 0) {
        return invalid_request("A credit note for an open invoice gives nothing back: it reduces what is due.");
    }
    if (back != note.post_payment_amount) {
        return invalid_request(
            "The sum of credit amount, refund amount and out of band amount must equal the credit note amount.");
    }
    if (note.refund_amount > refundable_of(account, invoice))
        return invalid_request("The refund is greater than what the charge has left.", "refund_amount");
    return {};
}

}  // namespace

Result<Invoice*> creditable_invoice(Account& account, const json::object& parameters) {
    const auto id = text_of(parameters, "invoice").value_or("");
    auto* invoice = account.invoices.find(id);
    if (invoice == nullptr || invoice->status == InvoiceStatus::kDeleted)
        return no_such_parameter("invoice", id, "invoice");
    const bool creditable = invoice->status == InvoiceStatus::kOpen || invoice->status == InvoiceStatus::kPaid ||
                            invoice->status == InvoiceStatus::kUncollectible;
    if (!creditable) return invalid_request("Credit notes are for finalized invoices that are not void.", "invoice");
    return invoice;
}

Result<CreditNote> credit_note_of(Account& account, const Call& call, const Invoice& invoice) {
    const auto& parameters = call.parameters;
    CreditNote note;
    note.id = account.ids.timed("cn_1", call.cause.now.unix_seconds);
    note.created = call.cause.now.unix_seconds;
    note.invoice = invoice.id;
    note.customer = invoice.customer;
    note.currency = invoice.currency;
    note.memo = text_of(parameters, "memo");
    note.reason = text_of(parameters, "reason");
    note.effective_at = integer_of(parameters, "effective_at");
    if (!note.effective_at) note.effective_at = note.created;
    if (auto applied = apply_metadata(parameters, "metadata", note.metadata); !applied) return applied.error();
    auto lines = credit_note_lines_of(account, call, invoice);
    if (!lines) return lines.error();
    note.lines = *std::move(lines);
    if (auto amount = read_amount(parameters, note); !amount) return amount.error();
    if (auto ways = read_ways_back(parameters, note); !ways) return ways.error();
    if (auto refunds = read_refunds(account, parameters, note); !refunds) return refunds.error();
    divide(note, invoice);
    if (auto fits = check_division(account, note, invoice); !fits) return fits.error();
    return note;
}

}  // namespace quittance::stripe_emulator
