// The calls for invoices: create, read, update, delete, list. The calls that change the status are in
// invoice_steps.cpp.
#include <algorithm>
#include <array>
#include <boost/json/array.hpp>

#include "stripe_emulator/billing/billing.hpp"
#include "stripe_emulator/billing/events.hpp"
#include "stripe_emulator/model/version.hpp"
#include "stripe_emulator/operations/operations.hpp"
#include "stripe_emulator/operations/paging.hpp"
#include "stripe_emulator/operations/shared_steps.hpp"
#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {
namespace {

constexpr std::int64_t kDaySeconds = 86'400;

Result<void> apply_collection(const json::object& parameters, Invoice& invoice) {
    if (const auto method = text_of(parameters, "collection_method")) invoice.send_invoice = *method == "send_invoice";
    const auto days = integer_of(parameters, "days_until_due");
    const auto date = integer_of(parameters, "due_date");
    if (!invoice.send_invoice && (days || date)) {
        return invalid_request("You can only specify '" + std::string(days ? "days_until_due" : "due_date") +
                                   "' if invoice collection method is 'send_invoice'.",
                               days ? "days_until_due" : "due_date");
    }
    if (days && date) {
        return invalid_request("You may only specify one of these parameters: days_until_due, due_date.", "due_date",
                               "parameters_exclusive");
    }
    if (days) invoice.due_date = invoice.created + *days * kDaySeconds;
    if (date) invoice.due_date = *date;
    if (!invoice.send_invoice) {
        invoice.due_date.reset();
    } else if (!invoice.due_date) {
        return invalid_request(
            "If invoice collection method is 'send_invoice', you must specify 'due_date' or 'days_until_due'.");
    }
    return {};
}

Result<void> apply_payment_method(const Account& account, const json::object& parameters, Invoice& invoice) {
    const auto method = text_of(parameters, "default_payment_method");
    if (method && !method->empty()) {
        if (auto attached = check_attached(account, invoice, *method, "default_payment_method"); !attached)
            return attached.error();
    }
    set_text(parameters, "default_payment_method", invoice.default_payment_method);
    return {};
}

void apply_display(const json::object& parameters, Invoice& invoice) {
    set_text(parameters, "description", invoice.description);
    set_text(parameters, "footer", invoice.footer);
    set_text(parameters, "statement_descriptor", invoice.statement_descriptor);
    set_text(parameters, "number", invoice.number);
    if (const auto at = integer_of(parameters, "effective_at")) invoice.effective_at = *at;
    if (const auto at = integer_of(parameters, "automatically_finalizes_at")) invoice.automatically_finalizes_at = *at;
    if (const auto* fields = parameters.if_contains("custom_fields")) {
        invoice.custom_fields = fields->is_array() && !fields->get_array().empty() ? *fields : json::value(nullptr);
    }
    if (const auto* settings = object_of(parameters, "payment_settings")) {
        const auto* types = array_of(*settings, "payment_method_types");
        invoice.payment_method_types = types != nullptr && !types->empty() ? json::value(*types) : json::value(nullptr);
    }
    for (const auto* name : {"rendering_options", "rendering"}) {
        const auto* rendering = object_of(parameters, name);
        if (rendering == nullptr) continue;
        const auto display = text_of(*rendering, "amount_tax_display");
        invoice.amount_tax_display = display && !display->empty() ? json::value(*display) : json::value(nullptr);
    }
}

// Applies all parameters of an editable invoice to a copy, so that a refusal changes nothing.
Result<void> apply(const Account& account, const json::object& parameters, Invoice& invoice) {
    constexpr std::size_t kCustomFields = 4;
    if (auto refused = refuse_unemulated(parameters, ""); !refused) return refused.error();
    if (const auto* fields = array_of(parameters, "custom_fields");
        fields != nullptr && fields->size() > kCustomFields) {
        return invalid_request("You can only specify up to 4 custom fields.", "custom_fields");
    }
    if (auto applied = apply_collection(parameters, invoice); !applied) return applied.error();
    if (auto applied = apply_payment_method(account, parameters, invoice); !applied) return applied.error();
    if (auto applied = apply_metadata(parameters, "metadata", invoice.metadata); !applied) return applied.error();
    apply_display(parameters, invoice);
    if (const auto advance = boolean_of(parameters, "auto_advance")) invoice.auto_advance = *advance;
    return {};
}

// The customer's pending items, newest first.
std::vector<Item*> pending_items(Account& account, const std::string& customer, const OptionalText& currency) {
    std::vector<Item*> found;
    auto& items = account.items.rows();
    for (auto item = items.rbegin(); item != items.rend(); ++item) {
        if (item->deleted || item->invoice || item->customer != customer) continue;
        if (!currency || item->currency == *currency) found.push_back(&*item);
    }
    return found;
}

Result<std::string> currency_of(const Account& account, const Call& call, const Customer& customer,
                                const std::vector<Item*>& items) {
    if (const auto given = text_of(call.parameters, "currency")) return known_currency(*given, "currency");
    if (!items.empty()) return items.front()->currency;
    return customer.currency ? *customer.currency : account.settings.currency;
}

// Whether endpoints listen to invoice.created: the hour before finalising starts when they have accepted it.
bool somebody_waits_for_creation(const Account& account) {
    const auto listeners = listeners_of(account);
    return std::any_of(listeners.begin(), listeners.end(), [](const WebhookEndpoint* endpoint) {
        return !endpoint->disabled && listens_to(*endpoint, "invoice.created");
    });
}

Result<void> only_editable_after_finalisation(const Call& call, const Invoice& invoice) {
    constexpr std::array kWhileOpen{"metadata", "auto_advance", "default_payment_method", "default_source", "expand"};
    constexpr std::array kAlways{"metadata", "expand"};
    const bool open = invoice.status == InvoiceStatus::kOpen;
    for (const auto& [key, value] : call.parameters) {
        const auto same = [&name = key](const char* allowed) { return name == allowed; };
        const bool allowed = open ? std::any_of(kWhileOpen.begin(), kWhileOpen.end(), same)
                                  : std::any_of(kAlways.begin(), kAlways.end(), same);
        if (!allowed) return invalid_request("Finalized invoices can't be updated in this way", key);
    }
    return {};
}

}  // namespace

Result<Invoice*> invoice_in_path(Account& account, const Call& call, std::string_view param) {
    auto* invoice = account.invoices.find(call.path[0]);
    if (invoice == nullptr || invoice->status == InvoiceStatus::kDeleted)
        return no_such_in_path("invoice", call.path[0], param);
    return invoice;
}

Result<json::object> create_invoice(Account& account, const Call& call) {
    const auto customer_id = text_of(call.parameters, "customer");
    if (!customer_id) return parameter_missing("customer");
    auto* customer = account.customers.find(*customer_id);
    if (customer == nullptr || customer->deleted) return no_such_parameter("customer", *customer_id, "customer");

    const auto behaviour = text_of(call.parameters, "pending_invoice_items_behavior");
    const bool sweep = behaviour ? *behaviour != "exclude" : sweeps_pending_items(call.version);
    OptionalText wanted_currency = text_of(call.parameters, "currency");
    auto pending = sweep ? pending_items(account, *customer_id, wanted_currency) : std::vector<Item*>{};
    auto currency = currency_of(account, call, *customer, pending);
    if (!currency) return currency.error();
    if (auto alone = only_currency(account, *customer_id, *currency); !alone) return alone.error();
    std::erase_if(pending, [&](const Item* item) { return item->currency != *currency; });
    if (pending.empty() && behaviour == OptionalText("include_and_require")) {
        return invalid_request("Nothing to invoice for customer", {}, "invoice_no_customer_line_items");
    }

    Invoice invoice;
    invoice.id = account.ids.timed("in_", call.cause.now.unix_seconds);
    invoice.created = call.cause.now.unix_seconds;
    invoice.created_ms = call.cause.now.schedule_ms;
    invoice.customer = *customer_id;
    invoice.currency = *currency;
    invoice.custom_fields = customer->invoice_custom_fields;
    invoice.footer = customer->invoice_footer;
    if (auto applied = apply(account, call.parameters, invoice); !applied) return applied.error();

    if (!customer->currency) customer->currency = *currency;
    auto& kept = account.invoices.add(std::move(invoice));
    for (auto* item : pending) {
        if (kept.items.size() == kMostItems) break;
        bind_item(account, call.cause, *item, kept);
    }
    recalculate(account, kept);
    if (!somebody_waits_for_creation(account)) kept.accepted_ms = kept.created_ms;
    plan(account, kept);
    emit_invoice(account, call.cause, "invoice.created", kept);
    return render(account, kept, call.shape);
}

Result<json::object> get_invoice(Account& account, const Call& call) {
    const auto invoice = invoice_in_path(account, call, "invoice");
    if (!invoice) return invoice.error();
    return render(account, **invoice, call.shape);
}

Result<json::object> update_invoice(Account& account, const Call& call) {
    const auto found = invoice_in_path(account, call, "id");
    if (!found) return found.error();
    auto& invoice = **found;
    if (invoice.status != InvoiceStatus::kDraft) {
        if (auto allowed = only_editable_after_finalisation(call, invoice); !allowed) return allowed.error();
    }
    const auto before = snapshot(account, invoice);
    auto changed = invoice;
    if (auto applied = apply(account, call.parameters, changed); !applied) return applied.error();
    const bool starts_collecting =
        changed.status == InvoiceStatus::kOpen && changed.auto_advance && !invoice.auto_advance;
    if (starts_collecting) changed.collect_ms = call.cause.now.schedule_ms + kHourMs;
    invoice = std::move(changed);
    plan(account, invoice);
    emit_invoice_updated(account, call.cause, invoice, before);
    return render(account, invoice, call.shape);
}

Result<json::object> delete_invoice(Account& account, const Call& call) {
    const auto found = invoice_in_path(account, call, "invoice");
    if (!found) return found.error();
    auto& invoice = **found;
    if (invoice.status != InvoiceStatus::kDraft) return invalid_request("You can only delete draft invoices.");
    invoice.starting_balance = starting_balance_of(account, invoice);
    invoice.frozen_identity = identity_of(account, invoice);
    invoice.auto_advance = false;
    plan(account, invoice);
    // Its items stay bound to it: they do not become pending again.
    invoice.status = InvoiceStatus::kDeleted;
    emit_invoice(account, call.cause, "invoice.deleted", invoice);
    return render_deleted(invoice.id, "invoice");
}

Result<json::object> list_invoices(Account& account, const Call& call) {
    const auto& parameters = call.parameters;
    if (const auto customer = text_of(parameters, "customer");
        customer && account.customers.find(*customer) == nullptr) {
        return no_such_parameter("customer", *customer, "customer");
    }
    const auto wanted = [&](const Invoice& invoice) {
        return invoice.status != InvoiceStatus::kDeleted && matches(parameters, "customer", invoice.customer) &&
               matches(parameters, "status", std::string(status_word(invoice.status))) &&
               matches(parameters, "collection_method",
                       OptionalText(invoice.send_invoice ? "send_invoice" : "charge_automatically")) &&
               matches(parameters, "subscription", std::nullopt) && in_range(parameters, "created", invoice.created) &&
               in_range(parameters, "due_date", invoice.due_date);
    };
    return list_page(account.invoices, call, "invoice", "/v1/invoices", wanted,
                     [&](const Invoice& invoice) { return render(account, invoice, call.shape); });
}

}  // namespace quittance::stripe_emulator
