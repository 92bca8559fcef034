// The calls for invoice items: pending items of a customer, and items of a draft invoice.
#include <algorithm>
#include <boost/json/array.hpp>

#include "stripe_emulator/billing/billing.hpp"
#include "stripe_emulator/billing/events.hpp"
#include "stripe_emulator/operations/operations.hpp"
#include "stripe_emulator/operations/paging.hpp"
#include "stripe_emulator/operations/shared_steps.hpp"
#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {
namespace {

// The draft for a new item, or null for a pending item.
Result<Invoice*> target_invoice(Account& account, const Call& call, const std::string& customer) {
    const auto id = text_of(call.parameters, "invoice");
    if (!id || id->empty()) return static_cast<Invoice*>(nullptr);
    auto* invoice = account.invoices.find(*id);
    if (invoice == nullptr || invoice->status == InvoiceStatus::kDeleted)
        return no_such_parameter("invoice", *id, "invoice");
    if (invoice->customer != customer) {
        return invalid_request("The invoice " + *id + " does not belong to customer " + customer + ".", "invoice");
    }
    if (invoice->status != InvoiceStatus::kDraft) return not_editable();
    if (invoice->items.size() >= kMostItems) {
        return invalid_request("You can have at most 250 invoice items on an invoice.", "invoice");
    }
    return invoice;
}

Result<std::string> item_currency(const Call& call, const Customer& customer, const Invoice* invoice) {
    const auto given = text_of(call.parameters, "currency");
    if (!given) {
        if (invoice != nullptr) return invoice->currency;
        const auto* data = object_of(call.parameters, "price_data");
        const auto of_price = data != nullptr ? text_of(*data, "currency") : std::nullopt;
        if (of_price) return known_currency(*of_price, "price_data[currency]");
        if (customer.currency) return *customer.currency;
        return parameter_missing("currency");
    }
    auto code = known_currency(*given, "currency");
    if (!code) return code.error();
    if (invoice != nullptr && *code != invoice->currency) {
        return invalid_request("The currency of the invoice item (" + *code + ") must match that of the invoice (" +
                                   invoice->currency + ").",
                               "currency");
    }
    return *code;
}

Result<Item*> item_in_path(Account& account, const Call& call) {
    auto* item = account.items.find(call.path[0]);
    if (item == nullptr || item->deleted) return no_such_in_path("invoiceitem", call.path[0], "invoiceitem");
    return item;
}

// The invoice of a bound item. Items of a finalised or deleted invoice cannot be changed.
Result<Invoice*> editable_invoice(Account& account, const Item& item) {
    if (!item.invoice) return static_cast<Invoice*>(nullptr);
    auto* invoice = account.invoices.find(*item.invoice);
    if (invoice->status != InvoiceStatus::kDraft) return not_editable();
    return invoice;
}

}  // namespace

Result<void> only_currency(const Account& account, const std::string& customer, const std::string& currency) {
    const auto& items = account.items.rows();
    const auto other = std::find_if(items.begin(), items.end(), [&](const Item& item) {
        return !item.deleted && !item.invoice && item.customer == customer && item.currency != currency;
    });
    if (other == items.end()) return {};
    return invalid_request(
        "You cannot combine currencies on a single customer. This customer has an active subscription, subscription "
        "schedule, discount, quote, or invoice item with currency " +
        other->currency);
}

Result<void> apply_item_details(Item& item, const json::object& parameters, const std::string& prefix) {
    if (auto refused = refuse_unemulated(parameters, prefix); !refused) return refused.error();
    set_text(parameters, "description", item.description);
    if (const auto discountable = boolean_of(parameters, "discountable")) item.discountable = *discountable;
    if (const auto* period = object_of(parameters, "period")) {
        item.period_start = *integer_of(*period, "start");
        item.period_end = *integer_of(*period, "end");
        if (item.period_end < item.period_start) {
            return invalid_request("The period's end must not lie before its start.", parameter_name(prefix, "period"));
        }
    }
    return apply_metadata(parameters, "metadata", item.metadata);
}

Result<void> change_item(Account& account, const Call& call, Item& item, const json::object& parameters,
                         const std::string& prefix) {
    auto changed = item;
    if (auto applied = apply_item_details(changed, parameters, prefix); !applied) return applied.error();
    if (has_contents(parameters)) {
        auto wanted = parameters;
        // A new quantity alone keeps the unit price.
        const auto* price = account.prices.find(item.price);
        if (!parameters.contains("amount") && wanted.size() > 0 && parameters.contains("quantity") &&
            !parameters.contains("price_data") && !parameters.contains("unit_amount") &&
            !parameters.contains("unit_amount_decimal") && !parameters.contains("price") &&
            !parameters.contains("pricing")) {
            wanted["unit_amount_decimal"] = price->unit_amount_decimal;
        }
        const auto product = price->product;
        auto contents = item_contents(account, call, wanted, item.currency, prefix);
        if (!contents) return contents.error();
        // The new price belongs to the same product.
        account.prices.find(contents->price)->product = product;
        changed.amount = contents->amount;
        changed.quantity = contents->quantity;
        changed.price = contents->price;
    }
    item = std::move(changed);
    return {};
}

Item& add_item(Account& account, const Call& call, Item item) {
    const auto now = call.cause.now.unix_seconds;
    item.id = account.ids.timed("ii_", now);
    item.created = now;
    if (item.period_start == 0 && item.period_end == 0) item.period_start = item.period_end = now;
    return account.items.add(std::move(item));
}

void bind_item(Account& account, const Cause& cause, Item& item, Invoice& invoice) {
    item.invoice = invoice.id;
    item.line_id = account.ids.timed("il_", cause.now.unix_seconds);
    invoice.items.push_back(item.id);
}

Result<json::object> create_invoice_item(Account& account, const Call& call) {
    const auto customer_id = text_of(call.parameters, "customer");
    if (!customer_id) return parameter_missing("customer");
    auto* customer = account.customers.find(*customer_id);
    if (customer == nullptr || customer->deleted) return no_such_parameter("customer", *customer_id, "customer");
    const auto invoice = target_invoice(account, call, *customer_id);
    if (!invoice) return invoice.error();
    const auto currency = item_currency(call, *customer, *invoice);
    if (!currency) return currency.error();
    if (auto alone = only_currency(account, *customer_id, *currency); !alone) return alone.error();

    Item item;
    item.customer = *customer_id;
    item.currency = *currency;
    if (auto applied = apply_item_details(item, call.parameters, ""); !applied) return applied.error();
    const auto contents = item_contents(account, call, call.parameters, *currency, "");
    if (!contents) return contents.error();
    item.amount = contents->amount;
    item.quantity = contents->quantity;
    item.price = contents->price;

    if (!customer->currency) customer->currency = *currency;
    const auto before = *invoice != nullptr ? snapshot(account, **invoice) : Snapshot{};
    auto& kept = add_item(account, call, std::move(item));
    if (*invoice != nullptr) {
        bind_item(account, call.cause, kept, **invoice);
        recalculate(account, **invoice);
    }
    emit(account, call.cause, "invoiceitem.created", [&](Shape shape) { return render_item(account, kept, shape); });
    if (*invoice != nullptr) emit_invoice_updated(account, call.cause, **invoice, before);
    return render_item(account, kept, call.shape);
}

Result<json::object> get_invoice_item(Account& account, const Call& call) {
    const auto item = item_in_path(account, call);
    if (!item) return item.error();
    return render_item(account, **item, call.shape);
}

Result<json::object> update_invoice_item(Account& account, const Call& call) {
    const auto item = item_in_path(account, call);
    if (!item) return item.error();
    const auto invoice = editable_invoice(account, **item);
    if (!invoice) return invoice.error();
    const auto before = *invoice != nullptr ? snapshot(account, **invoice) : Snapshot{};
    if (auto changed = change_item(account, call, **item, call.parameters, ""); !changed) return changed.error();
    if (*invoice != nullptr) {
        recalculate(account, **invoice);
        emit_invoice_updated(account, call.cause, **invoice, before);
    }
    return render_item(account, **item, call.shape);
}

Result<json::object> delete_invoice_item(Account& account, const Call& call) {
    const auto item = item_in_path(account, call);
    if (!item) return item.error();
    const auto invoice = editable_invoice(account, **item);
    if (!invoice) return invoice.error();
    const auto before = *invoice != nullptr ? snapshot(account, **invoice) : Snapshot{};
    (*item)->deleted = true;
    if (*invoice != nullptr) {
        std::erase((*invoice)->items, (*item)->id);
        recalculate(account, **invoice);
    }
    emit(account, call.cause, "invoiceitem.deleted", [&](Shape shape) { return render_item(account, **item, shape); });
    if (*invoice != nullptr) emit_invoice_updated(account, call.cause, **invoice, before);
    return render_deleted((*item)->id, "invoiceitem");
}

Result<json::object> list_invoice_items(Account& account, const Call& call) {
    const auto& parameters = call.parameters;
    const auto pending = boolean_of(parameters, "pending");
    const auto wanted = [&](const Item& item) {
        return !item.deleted && matches(parameters, "customer", item.customer) &&
               matches(parameters, "invoice", item.invoice) && (!pending || *pending == !item.invoice.has_value()) &&
               in_range(parameters, "created", item.created);
    };
    return list_page(account.items, call, "invoiceitem", "/v1/invoiceitems", wanted,
                     [&](const Item& item) { return render_item(account, item, call.shape); });
}

}  // namespace quittance::stripe_emulator
