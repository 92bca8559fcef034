// The payments of invoices: the default one, attached ones, partial ones, and what happens to an invoice that loses
// one.
#include <algorithm>
#include <boost/json/array.hpp>

#include "stripe_emulator/billing/billing.hpp"
#include "stripe_emulator/billing/events.hpp"
#include "stripe_emulator/billing/payments.hpp"
#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {
namespace {

InvoicePayment& add_payment(Account& account, const Cause& cause, Invoice& invoice, std::int64_t amount) {
    InvoicePayment payment;
    payment.id = account.ids.timed("inpay_", cause.now.unix_seconds);
    payment.created = cause.now.unix_seconds;
    payment.invoice = invoice.id;
    payment.currency = invoice.currency;
    payment.amount_requested = amount;
    invoice.payments.push_back(payment.id);
    return account.invoice_payments.add(std::move(payment));
}

void emit_payment(Account& account, const Cause& cause, std::string_view type, const InvoicePayment& payment) {
    emit_basil_only(account, cause, type, [&](Shape) { return render(account, payment); });
}

// A kind of event that has no snapshot.
void emit_thin(Account& account, const Cause& cause, std::string_view type, const InvoicePayment& payment) {
    if (hears_thin_events(account)) emit_thin_only(account, cause, type, render(account, payment));
}

bool is_open(const Invoice& invoice) {
    return invoice.status == InvoiceStatus::kOpen || invoice.status == InvoiceStatus::kUncollectible;
}

// What the intent or record has not yet given or promised to an invoice.
std::int64_t unallocated(const Account& account, std::int64_t amount, const std::vector<std::string>& payments) {
    for (const auto& id : payments) {
        const auto& payment = *account.invoice_payments.find(id);
        if (payment.status == "paid" || payment.status == "open")
            amount -= payment.amount_paid.value_or(payment.amount_requested);
    }
    return amount;
}

Result<void> check_attachable(const Account& account, const Invoice& invoice, const std::string& currency,
                              std::int64_t left, const std::vector<std::string>& payments, std::string_view param) {
    if (!is_open(invoice)) return invalid_request("You can only attach payments to an open invoice.");
    if (currency != invoice.currency) {
        return invalid_request(
            "The currency of the payment (" + currency + ") must match that of the invoice (" + invoice.currency + ").",
            param);
    }
    const bool attached = std::any_of(payments.begin(), payments.end(), [&](const std::string& id) {
        const auto& payment = *account.invoice_payments.find(id);
        return payment.invoice == invoice.id && payment.status != "canceled" && payment.status != "detached";
    });
    if (attached) return invalid_request("This payment is already attached to the invoice.", param);
    if (left <= 0) return invalid_request("Nothing of this payment is left for another invoice.", param);
    return {};
}

void credit_overpayment(Account& account, const Cause& cause, const Invoice& invoice, std::int64_t over) {
    if (over == 0) return;
    auto& customer = *account.customers.find(invoice.customer);
    const auto before = snapshot(account, customer);
    customer.balance -= over;
    emit_basil_only(account, cause, "invoice.overpaid", [&](Shape shape) { return render(account, invoice, shape); });
    emit_customer_updated(account, cause, customer, before);
}

// The step that intents and records share. `reference`: the member that names the payer's object. `paid`: how an object
// whose money is there counts as an attempt; nothing while it is not there.
template <class Payer>
Result<void> attach(Account& account, const Cause& cause, Invoice& invoice, Payer& payer,
                    OptionalText InvoicePayment::*reference, std::optional<Attempt> paid, std::string_view param) {
    const auto left = unallocated(account, payer.amount, payer.invoice_payments);
    auto fits = check_attachable(account, invoice, payer.currency, left, payer.invoice_payments, param);
    if (!fits) return fits.error();
    auto& payment = add_payment(account, cause, invoice, std::min(left, amount_to_pay(invoice)));
    payment.*reference = payer.id;
    payer.invoice_payments.push_back(payment.id);
    emit_thin(account, cause, "invoice_payment.open", payment);
    if (paid) pay_invoice_by(account, cause, payment, payment.amount_requested, *paid);
    return {};
}

}  // namespace

void count_attempt(Invoice& invoice, Attempt attempt) {
    if (attempt == Attempt::kNone) return;
    if (invoice.attempt_count == 0 || attempt == Attempt::kByClock) ++invoice.attempt_count;
    invoice.attempted = true;
}

void make_default_payment(Account& account, const Cause& cause, Invoice& invoice) {
    PaymentIntent wanted;
    wanted.amount = amount_to_pay(invoice);
    wanted.currency = invoice.currency;
    wanted.customer = invoice.customer;
    wanted.invoice = invoice.id;
    wanted.description = "Payment for Invoice";
    auto& intent = add_intent(account, cause, std::move(wanted));
    auto& payment = add_payment(account, cause, invoice, intent.amount);
    payment.payment_intent = intent.id;
    payment.is_default = true;
    intent.invoice_payments.push_back(payment.id);
    invoice.payment_intent = intent.id;
    invoice.invoice_payment = payment.id;
    emit_intent(account, cause, "payment_intent.created", intent);
    emit_thin(account, cause, "invoice_payment.open", payment);
}

void follow_amount(Account& account, const Invoice& invoice) {
    if (!invoice.invoice_payment) return;
    auto& payment = *account.invoice_payments.find(*invoice.invoice_payment);
    if (payment.status != "open") return;
    payment.amount_requested = amount_to_pay(invoice);
    account.payment_intents.find(*payment.payment_intent)->amount = payment.amount_requested;
}

void mark_paid(Account& account, const Cause& cause, Invoice& invoice) {
    invoice.status = InvoiceStatus::kPaid;
    invoice.paid = true;
    invoice.paid_at = cause.now.unix_seconds;
    invoice.auto_advance = false;
    invoice.next_payment_attempt.reset();
    invoice.collect_ms.reset();
    plan(account, invoice);
}

void pay_invoice_by(Account& account, const Cause& cause, InvoicePayment& payment, std::int64_t amount,
                    Attempt attempt) {
    auto& invoice = *account.invoices.find(payment.invoice);
    const auto before = snapshot(account, invoice);
    payment.status = "paid";
    payment.amount_paid = amount;
    payment.paid_at = cause.now.unix_seconds;
    const auto over = std::max<std::int64_t>(0, amount - amount_to_pay(invoice));
    invoice.amount_paid += amount - over;
    invoice.amount_overpaid += over;
    if (payment.payment_intent) invoice.charge = account.payment_intents.find(*payment.payment_intent)->latest_charge;
    count_attempt(invoice, attempt);
    const bool completes = is_open(invoice) && amount_to_pay(invoice) == 0;
    if (completes) mark_paid(account, cause, invoice);
    follow_amount(account, invoice);

    emit_invoice_updated(account, cause, invoice, before);
    if (completes && payment.payment_intent) emit_invoice(account, cause, "invoice.payment_succeeded", invoice);
    if (completes) emit_invoice(account, cause, "invoice.paid", invoice);
    emit_payment(account, cause, "invoice_payment.paid", payment);
    if (completes) cancel_payments(account, cause, invoice);
    credit_overpayment(account, cause, invoice, over);
}

void pay_invoices_of(Account& account, const Cause& cause, const PaymentIntent& intent, Attempt attempt) {
    auto left = intent.amount_received;
    for (const auto& id : intent.invoice_payments) {
        auto& payment = *account.invoice_payments.find(id);
        if (payment.status != "open") continue;
        const auto part = std::min(payment.amount_requested, left);
        left -= part;
        pay_invoice_by(account, cause, payment, part, attempt);
    }
}

void cancel_payments(Account& account, const Cause& cause, Invoice& invoice) {
    for (const auto& id : invoice.payments) {
        auto& payment = *account.invoice_payments.find(id);
        if (payment.status != "open") continue;
        payment.status = "canceled";
        payment.canceled_at = cause.now.unix_seconds;
        if (payment.is_default) {
            const auto reason = invoice.status == InvoiceStatus::kVoid ? "void_invoice" : "automatic";
            cancel_intent(account, cause, *account.payment_intents.find(*payment.payment_intent), reason);
        }
        emit_thin(account, cause, "invoice_payment.canceled", payment);
    }
}

Result<void> attach_payment(Account& account, const Cause& cause, Invoice& invoice, PaymentIntent& intent) {
    constexpr std::string_view kParam = "payment_intent";
    if (intent.status == "canceled")
        return invalid_request("You cannot attach a PaymentIntent that is canceled.", kParam);
    if (intent.customer && *intent.customer != invoice.customer)
        return invalid_request("The PaymentIntent's customer must be the invoice's.", kParam);
    const auto paid = intent.status == "succeeded" ? std::optional(Attempt::kByClient) : std::nullopt;
    return attach(account, cause, invoice, intent, &InvoicePayment::payment_intent, paid, kParam);
}

Result<void> attach_payment(Account& account, const Cause& cause, Invoice& invoice, PaymentRecord& record) {
    constexpr std::string_view kParam = "payment_record";
    if (record.outcome == "failed" || record.outcome == "canceled")
        return invalid_request("You cannot attach a PaymentRecord that failed or was canceled.", kParam);
    const auto paid = record.outcome == "guaranteed" ? std::optional(Attempt::kNone) : std::nullopt;
    return attach(account, cause, invoice, record, &InvoicePayment::payment_record, paid, kParam);
}

Result<void> detach_payment(Account& account, const Cause& cause, Invoice& invoice, PaymentIntent& intent) {
    const auto found = std::find_if(invoice.payments.begin(), invoice.payments.end(), [&](const std::string& id) {
        const auto& payment = *account.invoice_payments.find(id);
        return payment.payment_intent == intent.id && payment.status != "canceled";
    });
    if (found == invoice.payments.end())
        return invalid_request("This PaymentIntent is not attached to the invoice.", "payment_intent");
    if (invoice.status == InvoiceStatus::kVoid) return invalid_request("This invoice is void.");
    auto& payment = *account.invoice_payments.find(*found);
    const auto before = snapshot(account, invoice);
    const auto paid = payment.amount_paid.value_or(0);
    const auto over = std::min(paid, invoice.amount_overpaid);
    invoice.payments.erase(found);
    payment.status = "detached";
    payment.amount_paid.reset();
    payment.paid_at.reset();
    payment.canceled_at = cause.now.unix_seconds;
    invoice.amount_overpaid -= over;
    invoice.amount_paid -= paid - over;
    if (invoice.charge == intent.latest_charge) invoice.charge.reset();
    if (intent.invoice == invoice.id) intent.invoice.reset();
    if (invoice.status == InvoiceStatus::kPaid && amount_to_pay(invoice) > 0) {
        invoice.status = InvoiceStatus::kOpen;
        invoice.paid = false;
        invoice.paid_at.reset();
        invoice.attempted = false;
        invoice.attempt_count = 0;
    }
    const auto* current = invoice.invoice_payment ? account.invoice_payments.find(*invoice.invoice_payment) : nullptr;
    const bool needs_default = is_open(invoice) && (current == nullptr || current->status != "open");
    if (needs_default) make_default_payment(account, cause, invoice);
    follow_amount(account, invoice);
    emit_payment(account, cause, "invoice_payment.detached", payment);
    emit_invoice_updated(account, cause, invoice, before);
    return {};
}

}  // namespace quittance::stripe_emulator
