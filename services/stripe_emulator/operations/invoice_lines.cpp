// The calls for the lines of an invoice: list, and add, change or remove many at once. A bulk call does all or nothing.
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

std::string line_prefix(std::size_t index) {
    return "lines[" + std::to_string(index) + ']';
}

Result<Invoice*> draft_in_path(Account& account, const Call& call) {
    const auto invoice = invoice_in_path(account, call, "invoice");
    if (!invoice) return invoice.error();
    if ((*invoice)->status != InvoiceStatus::kDraft) return not_editable();
    return *invoice;
}

Item* find_line(Account& account, const Invoice& invoice, std::string_view line_id) {
    for (const auto& id : invoice.items) {
        auto* item = account.items.find(id);
        if (item->line_id == line_id) return item;
    }
    return nullptr;
}

// A pending item that add_lines puts on the invoice by its id.
Result<Item> pending_item(const Account& account, const Invoice& invoice, const std::string& id,
                          const std::string& prefix) {
    const auto name = parameter_name(prefix, "invoice_item");
    const auto* item = account.items.find(id);
    if (item == nullptr || item->deleted) return no_such_parameter("invoiceitem", id, name);
    if (item->invoice) return invalid_request("The invoice item " + id + " is already on an invoice.", name);
    if (item->customer != invoice.customer || item->currency != invoice.currency) {
        return invalid_request("The invoice item " + id + " must have the invoice's customer and currency.", name);
    }
    return *item;
}

// One line of add_lines as an item that is not stored yet. With an `id` it was a pending item.
Result<Item> new_line(Account& account, const Call& call, const Invoice& invoice, const json::object& line,
                      const std::string& prefix) {
    if (const auto pending = text_of(line, "invoice_item")) {
        auto item = pending_item(account, invoice, *pending, prefix);
        if (!item) return item.error();
        if (auto changed = change_item(account, call, *item, line, prefix); !changed) return changed.error();
        return std::move(*item);
    }
    Item item;
    item.customer = invoice.customer;
    item.currency = invoice.currency;
    if (auto applied = apply_item_details(item, line, prefix); !applied) return applied.error();
    const auto contents = item_contents(account, call, line, invoice.currency, prefix);
    if (!contents) return contents.error();
    item.amount = contents->amount;
    item.quantity = contents->quantity;
    item.price = contents->price;
    return item;
}

void keep_line(Account& account, const Call& call, Invoice& invoice, Item made) {
    const bool was_pending = !made.id.empty();
    auto* item = was_pending ? account.items.find(made.id) : &add_item(account, call, made);
    if (was_pending) *item = std::move(made);
    bind_item(account, call.cause, *item, invoice);
    if (!was_pending) {
        emit(account, call.cause, "invoiceitem.created",
             [&](Shape shape) { return render_item(account, *item, shape); });
    }
}

// The invoice's metadata after the call, computed first, so that a refusal changes nothing.
Result<json::object> new_metadata(const Call& call, const Invoice& invoice) {
    auto metadata = invoice.metadata;
    if (auto applied = apply_metadata(call.parameters, "invoice_metadata", metadata); !applied) return applied.error();
    return metadata;
}

json::object finish(Account& account, const Call& call, Invoice& invoice, const Snapshot& before) {
    recalculate(account, invoice);
    emit_invoice_updated(account, call.cause, invoice, before);
    return render(account, invoice, call.shape);
}

// The items with the ids lines[i][id], in order.
Result<std::vector<Item*>> named_lines(Account& account, const Invoice& invoice, const json::array& lines) {
    std::vector<Item*> found;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const auto id = text_of(lines[i].as_object(), "id").value_or("");
        auto* item = find_line(account, invoice, id);
        if (item == nullptr) return no_such_parameter("line_item", id, parameter_name(line_prefix(i), "id"));
        found.push_back(item);
    }
    return found;
}

}  // namespace

Result<json::object> list_lines(Account& account, const Call& call) {
    const auto found = invoice_in_path(account, call, "invoice");
    if (!found) return found.error();
    // Pages like any list, though lines keep their own order.
    Table<Item> lines;
    for (auto id = (*found)->items.rbegin(); id != (*found)->items.rend(); ++id) {
        auto line = *account.items.find(*id);
        std::swap(line.id, line.line_id);
        lines.add(std::move(line));
    }
    return list_page(
        lines, call, "line_item", "/v1/invoices/" + (*found)->id + "/lines", [](const Item&) { return true; },
        [&](const Item& line) { return render_line(account, *account.items.find(line.line_id), call.shape); });
}

Result<json::object> add_lines(Account& account, const Call& call) {
    const auto found = draft_in_path(account, call);
    if (!found) return found.error();
    auto& invoice = **found;
    const auto& lines = *array_of(call.parameters, "lines");
    if (lines.empty()) return parameter_missing("lines");
    if (invoice.items.size() + lines.size() > kMostItems) {
        return invalid_request("You can have at most 250 invoice items on an invoice.", "lines");
    }
    std::vector<Item> made;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        auto item = new_line(account, call, invoice, lines[i].as_object(), line_prefix(i));
        if (!item) return item.error();
        made.push_back(std::move(*item));
    }
    const auto metadata = new_metadata(call, invoice);
    if (!metadata) return metadata.error();
    const auto before = snapshot(account, invoice);
    invoice.metadata = *metadata;
    for (auto& item : made) keep_line(account, call, invoice, std::move(item));
    return finish(account, call, invoice, before);
}

Result<json::object> remove_lines(Account& account, const Call& call) {
    const auto found = draft_in_path(account, call);
    if (!found) return found.error();
    auto& invoice = **found;
    const auto& lines = *array_of(call.parameters, "lines");
    const auto items = named_lines(account, invoice, lines);
    if (!items) return items.error();
    const auto metadata = new_metadata(call, invoice);
    if (!metadata) return metadata.error();
    const auto before = snapshot(account, invoice);
    invoice.metadata = *metadata;
    for (std::size_t i = 0; i < items->size(); ++i) {
        auto& item = *(*items)[i];
        std::erase(invoice.items, item.id);
        if (text_of(lines[i].as_object(), "behavior") == OptionalText("unassign")) {
            item.invoice.reset();
            item.line_id.clear();
            continue;
        }
        item.deleted = true;
        emit(account, call.cause, "invoiceitem.deleted",
             [&](Shape shape) { return render_item(account, item, shape); });
    }
    return finish(account, call, invoice, before);
}

Result<json::object> update_lines(Account& account, const Call& call) {
    const auto found = draft_in_path(account, call);
    if (!found) return found.error();
    auto& invoice = **found;
    const auto& lines = *array_of(call.parameters, "lines");
    const auto items = named_lines(account, invoice, lines);
    if (!items) return items.error();
    std::vector<Item> changed;
    for (std::size_t i = 0; i < items->size(); ++i) {
        changed.push_back(*(*items)[i]);
        if (auto done = change_item(account, call, changed.back(), lines[i].as_object(), line_prefix(i)); !done)
            return done.error();
    }
    const auto metadata = new_metadata(call, invoice);
    if (!metadata) return metadata.error();
    const auto before = snapshot(account, invoice);
    invoice.metadata = *metadata;
    for (std::size_t i = 0; i < items->size(); ++i) *(*items)[i] = std::move(changed[i]);
    return finish(account, call, invoice, before);
}

Result<json::object> update_line(Account& account, const Call& call) {
    const auto found = draft_in_path(account, call);
    if (!found) return found.error();
    auto& invoice = **found;
    auto* item = find_line(account, invoice, call.path[1]);
    if (item == nullptr) return no_such_in_path("line_item", call.path[1], "line_item_id");
    const auto before = snapshot(account, invoice);
    if (auto changed = change_item(account, call, *item, call.parameters, ""); !changed) return changed.error();
    recalculate(account, invoice);
    emit_invoice_updated(account, call.cause, invoice, before);
    return render_line(account, *item, call.shape);
}

}  // namespace quittance::stripe_emulator
