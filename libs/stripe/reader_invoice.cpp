// Reads invoices of every shape since 2022-11-15. Members that basil (2025-03-31) moved are read from their new place
// first, then from the old one.
#include <span>

#include "stripe/json_fields.hpp"
#include "stripe/money.hpp"
#include "stripe/reader.hpp"
#include "stripe/reader_payment.hpp"

namespace quittance::stripe {
namespace {

// Members that are the same in all versions: Stripe's name and our field.
struct Text {
    std::string_view key;
    std::string* (v1::Invoice::*target)();
};
struct Amount {
    std::string_view key;
    void (v1::Invoice::*set)(std::int64_t);
};
struct Time {
    std::string_view key;
    google::protobuf::Timestamp* (v1::Invoice::*target)();
};

constexpr Text kTexts[] = {
    {"number", &v1::Invoice::mutable_number},
    {"hosted_invoice_url", &v1::Invoice::mutable_hosted_invoice_url},
    {"invoice_pdf", &v1::Invoice::mutable_invoice_pdf_url},
    {"collection_method", &v1::Invoice::mutable_collection_method},
    {"billing_reason", &v1::Invoice::mutable_billing_reason},
    {"description", &v1::Invoice::mutable_description},
    {"customer_name", &v1::Invoice::mutable_customer_name},
    {"customer_email", &v1::Invoice::mutable_customer_email},
};

constexpr Text kReferences[] = {
    {"customer", &v1::Invoice::mutable_stripe_customer_id},
    {"customer_account", &v1::Invoice::mutable_customer_account},
    {"default_payment_method", &v1::Invoice::mutable_default_payment_method},
};

constexpr Amount kAmounts[] = {
    {"amount_due", &v1::Invoice::set_amount_due_minor},
    {"amount_paid", &v1::Invoice::set_amount_paid_minor},
    {"amount_remaining", &v1::Invoice::set_amount_remaining_minor},
    {"subtotal", &v1::Invoice::set_subtotal_minor},
    {"total", &v1::Invoice::set_total_minor},
    {"pre_payment_credit_notes_amount", &v1::Invoice::set_pre_payment_credit_notes_minor},
    {"post_payment_credit_notes_amount", &v1::Invoice::set_post_payment_credit_notes_minor},
    {"attempt_count", &v1::Invoice::set_attempt_count},
};

constexpr Time kTimes[] = {
    {"created", &v1::Invoice::mutable_create_time},
    {"period_start", &v1::Invoice::mutable_period_start},
    {"period_end", &v1::Invoice::mutable_period_end},
    {"next_payment_attempt", &v1::Invoice::mutable_next_payment_attempt_time},
};

constexpr Time kTransitions[] = {
    {"finalized_at", &v1::Invoice::mutable_finalize_time},
    {"paid_at", &v1::Invoice::mutable_paid_time},
    {"voided_at", &v1::Invoice::mutable_void_time},
    {"marked_uncollectible_at", &v1::Invoice::mutable_uncollectible_time},
};

void copy_times(const Fields& fields, std::span<const Time> table, v1::Invoice& out) {
    for (const auto& [key, target] : table)
        if (const auto seconds = fields.time(key)) (out.*target)()->set_seconds(*seconds);
}

// The sum of `amount` over a list; nothing if there is no list.
std::optional<std::int64_t> sum_of(const Fields& invoice, std::string_view key, std::string& problem) {
    const auto* rows = invoice.list(key);
    if (rows == nullptr) return std::nullopt;
    std::int64_t sum = 0;
    for (const auto& row : *rows) {
        const Fields fields(row.if_object(), problem, key);
        const auto larger = add(sum, fields.required_integer("amount"));
        if (!larger) invoice.report(key, "sums up to more than 64 bits");
        sum = larger.value_or(0);
    }
    return sum;
}

std::int64_t tax_of(const Fields& invoice, std::int64_t total, std::string& problem) {
    if (const auto tax = invoice.integer("tax")) return *tax;
    if (const auto sum = sum_of(invoice, "total_tax_amounts", problem)) return *sum;
    if (const auto sum = sum_of(invoice, "total_taxes", problem)) return *sum;
    const auto without_tax = invoice.integer("total_excluding_tax");
    std::int64_t tax = 0;
    if (without_tax && __builtin_sub_overflow(total, *without_tax, &tax))
        invoice.report("total_excluding_tax", "is further from the total than 64 bits");
    return tax;
}

// Since basil an invoice may have several payments, and shows them only if they are expanded.
void read_payment(const Fields& invoice, v1::Invoice& out, std::string& problem) {
    *out.mutable_payments() = read_invoice_payments(invoice, problem);
    std::string_view intent;
    std::string_view charge;
    if (const auto* shown = shown_payment(out.payments())) {
        intent = shown->payment_intent_id();
        charge = shown->charge_id();
    }
    if (intent.empty()) intent = invoice.id("payment_intent");
    if (charge.empty()) charge = invoice.id("charge");
    if (charge.empty()) charge = invoice.child("payment_intent").id("latest_charge");
    assign_text(*out.mutable_payment_intent_id(), intent);
    assign_text(*out.mutable_charge_id(), charge);
}

void read_subscription(const Fields& invoice, v1::Invoice& out) {
    auto subscription = invoice.child("parent").child("subscription_details").id("subscription");
    if (subscription.empty()) subscription = invoice.id("subscription");
    assign_text(*out.mutable_subscription_id(), subscription);
}

void read_money(const Fields& invoice, v1::Invoice& out, std::string& problem) {
    invoice.required_integer("amount_due");
    invoice.required_integer("amount_paid");
    for (const auto& [key, set] : kAmounts) (out.*set)(invoice.integer(key).value_or(0));
    out.set_tax_minor(tax_of(invoice, out.total_minor(), problem));
    out.set_paid_out_of_band(invoice.flag("paid_out_of_band"));
    // Before basil, amount_paid excludes payments out of band: they stay in amount_remaining, and a flag marks them.
    // Since basil amount_paid includes them. We include them, too.
    if (out.paid_out_of_band() && out.status() == "paid") {
        const auto paid = add(out.amount_paid_minor(), out.amount_remaining_minor());
        if (!paid) invoice.report("amount_remaining", "and amount_paid sum up to more than 64 bits");
        out.set_amount_paid_minor(paid.value_or(0));
        out.set_amount_remaining_minor(0);
    }
}

// paid_at is the time of an attempt only if an attempt paid the invoice. Until basil (2025-03-31) paid_out_of_band
// tells that no attempt did. Since basil only a payment that the invoice lists tells it, and otherwise the event
// invoice.payment_succeeded, which Stripe does not send for a payment out of band.
void read_attempts(const Fields& invoice, v1::Invoice& out, std::string& problem) {
    out.set_attempted(invoice.flag("attempted"));
    const bool paid_elsewhere = invoice.integer("amount_paid_off_stripe").value_or(0) > 0;
    if (!out.attempted() || out.status() != "paid" || !out.has_paid_time() || paid_elsewhere) return;
    bool paid_by_attempt = invoice.find("paid_out_of_band") != nullptr && !out.paid_out_of_band();
    if (const auto* payments = invoice.child("payments").list("data"))
        for (const auto& entry : *payments) {
            const Fields payment(entry.if_object(), problem);
            const auto type = payment.child("payment").text("type");
            if (payment.text("status") == "paid" && (type == "payment_intent" || type == "charge"))
                paid_by_attempt = true;
        }
    if (paid_by_attempt) *out.mutable_last_payment_attempt_time() = out.paid_time();
}

void read_lines(const Fields& invoice, v1::Invoice& out, std::string& problem) {
    const auto list = invoice.child("lines");
    const auto* data = list.list("data");
    if (data == nullptr) return;
    for (const auto& element : *data) {
        const auto* object = element.if_object();
        auto line = object == nullptr ? ReadResult<v1::InvoiceLine>(ReadError{"is no object"}) : read_line(*object);
        if (line.has_error()) {
            const auto place = "lines.data[" + std::to_string(out.lines_size()) + (object == nullptr ? "] " : "].");
            if (problem.empty()) problem = place + line.error().detail;
            return;
        }
        *out.add_lines() = *std::move(line);
    }
    out.set_lines_complete(!list.flag("has_more"));
    out.set_line_count(list.find("total_count") == nullptr ? out.lines_size() : list.integer_or_zero("total_count"));
}

}  // namespace

ReadResult<v1::Invoice> read_invoice(const boost::json::object& json) {
    std::string problem;
    const Fields invoice(&json, problem);
    v1::Invoice out;
    assign_text(*out.mutable_stripe_invoice_id(), invoice.required_text("id"));
    if (invoice.flag("deleted")) {
        // Stripe sends only {id, object, deleted}.
        if (!problem.empty()) return ReadError{std::move(problem)};
        out.set_status("deleted");
        return out;
    }
    assign_text(*out.mutable_status(), invoice.required_text("status"));
    assign_text(*out.mutable_currency(), invoice.required_text("currency"));
    invoice.required_integer("created");
    out.set_livemode(invoice.flag("livemode"));
    for (const auto& [key, target] : kTexts) assign_text(*(out.*target)(), invoice.text(key));
    for (const auto& [key, target] : kReferences) assign_text(*(out.*target)(), invoice.id(key));
    // A v2 account can be the customer; then Stripe may name no other (2025-12-15.clover).
    if (out.stripe_customer_id().empty()) out.set_stripe_customer_id(out.customer_account());
    copy_times(invoice, kTimes, out);
    copy_times(invoice.child("status_transitions"), kTransitions, out);
    read_money(invoice, out, problem);
    read_attempts(invoice, out, problem);
    read_payment(invoice, out, problem);
    read_subscription(invoice, out);
    read_lines(invoice, out, problem);
    copy_metadata(invoice, *out.mutable_metadata());
    if (!problem.empty()) return ReadError{std::move(problem)};
    return out;
}

}  // namespace quittance::stripe
