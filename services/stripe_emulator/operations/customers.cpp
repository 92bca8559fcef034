// The calls for customers: create, read, update, delete, list.
#include <boost/json/array.hpp>

#include "stripe_emulator/billing/billing.hpp"
#include "stripe_emulator/billing/events.hpp"
#include "stripe_emulator/operations/operations.hpp"
#include "stripe_emulator/operations/paging.hpp"
#include "stripe_emulator/operations/shared_steps.hpp"
#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {
namespace {

// An address always shows its six members.
json::object address_of(const json::object& given) {
    json::object address;
    for (const auto* member : {"city", "country", "line1", "line2", "postal_code", "state"}) {
        const auto text = text_of(given, member);
        address[member] = text && !text->empty() ? json::value(*text) : json::value(nullptr);
    }
    return address;
}

json::object shipping_of(const json::object& given) {
    json::object shipping;
    if (const auto* address = object_of(given, "address")) shipping["address"] = address_of(*address);
    for (const auto* member : {"carrier", "name", "phone", "tracking_number"}) {
        const auto text = text_of(given, member);
        shipping[member] = text && !text->empty() ? json::value(*text) : json::value(nullptr);
    }
    return shipping;
}

void apply_identity(const json::object& parameters, Identity& identity) {
    set_text(parameters, "email", identity.email);
    set_text(parameters, "name", identity.name);
    set_text(parameters, "phone", identity.phone);
    if (const auto* address = object_of(parameters, "address")) identity.address = address_of(*address);
    if (text_of(parameters, "address")) identity.address = nullptr;
    if (const auto* shipping = object_of(parameters, "shipping")) identity.shipping = shipping_of(*shipping);
    if (text_of(parameters, "shipping")) identity.shipping = nullptr;
    if (const auto exempt = text_of(parameters, "tax_exempt")) identity.tax_exempt = exempt->empty() ? "none" : *exempt;
}

Result<void> apply_invoice_settings(const Account& account, const json::object& parameters, Customer& customer) {
    const auto* settings = object_of(parameters, "invoice_settings");
    if (settings == nullptr) return {};
    const auto method = text_of(*settings, "default_payment_method");
    if (method && !method->empty()) {
        const auto* found = account.payment_methods.find(*method);
        if (found == nullptr || found->customer != customer.id) {
            return invalid_request("The customer does not have a payment method with the ID " + *method +
                                       ". The payment method must be attached to the customer.",
                                   "invoice_settings[default_payment_method]", "resource_missing");
        }
    }
    set_text(*settings, "default_payment_method", customer.default_payment_method);
    set_text(*settings, "footer", customer.invoice_footer);
    if (const auto* fields = settings->if_contains("custom_fields")) {
        customer.invoice_custom_fields = fields->is_array() ? *fields : json::value(nullptr);
    }
    return {};
}

Result<void> apply(const Account& account, const json::object& parameters, Customer& customer) {
    for (const auto* name :
         {"coupon", "promotion_code", "source", "test_clock", "cash_balance", "tax", "tax_id_data"}) {
        if (parameters.contains(name))
            return invalid_request("The emulator does not know this parameter's effect.", name);
    }
    apply_identity(parameters, customer.identity);
    set_text(parameters, "description", customer.description);
    if (const auto balance = integer_of(parameters, "balance")) customer.balance = *balance;
    if (const auto prefix = text_of(parameters, "invoice_prefix")) customer.invoice_prefix = *prefix;
    if (const auto next = integer_of(parameters, "next_invoice_sequence")) customer.next_invoice_sequence = *next;
    if (const auto* locales = array_of(parameters, "preferred_locales")) customer.preferred_locales = *locales;
    if (auto metadata = apply_metadata(parameters, "metadata", customer.metadata); !metadata) return metadata.error();
    return apply_invoice_settings(account, parameters, customer);
}

// A payment method given at creation is attached; a shared test id becomes one of the customer's own.
Result<void> attach_given(Account& account, const Call& call, json::object& parameters, Customer& customer) {
    const auto given = text_of(parameters, "payment_method");
    if (!given) return {};
    auto method = resolve_payment_method(account, call.cause, *given, "payment_method", false);
    if (!method) return method.error();
    if (auto attached = attach(account, call.cause, **method, customer); !attached) return attached.error();
    if (auto* settings = parameters.if_contains("invoice_settings"); settings != nullptr && settings->is_object()) {
        auto& chosen = settings->get_object()["default_payment_method"];
        if (chosen == json::value(*given)) chosen = (*method)->id;
        if (chosen.is_null()) settings->get_object().erase("default_payment_method");
    }
    return {};
}

Result<Customer*> customer_in_path(Account& account, const Call& call) {
    auto* customer = account.customers.find(call.path[0]);
    if (customer == nullptr) return no_such_in_path("customer", call.path[0], "id");
    return customer;
}

}  // namespace

Result<json::object> create_customer(Account& account, const Call& call) {
    Customer customer;
    customer.id = account.ids.plain("cus_");
    customer.created = call.cause.now.unix_seconds;
    customer.invoice_prefix = account.ids.invoice_prefix();
    auto parameters = call.parameters;
    if (auto attached = attach_given(account, call, parameters, customer); !attached) return attached.error();
    if (auto applied = apply(account, parameters, customer); !applied) return applied.error();
    const auto& kept = account.customers.add(std::move(customer));
    emit(account, call.cause, "customer.created", [&](Shape) { return render(account, kept); });
    return render(account, kept);
}

Result<json::object> get_customer(Account& account, const Call& call) {
    const auto customer = customer_in_path(account, call);
    if (!customer) return customer.error();
    if ((*customer)->deleted) return render_deleted((*customer)->id, "customer");
    return render(account, **customer);
}

Result<json::object> update_customer(Account& account, const Call& call) {
    const auto customer = customer_in_path(account, call);
    if (!customer) return customer.error();
    if ((*customer)->deleted) return no_such_in_path("customer", call.path[0], "id");
    const auto before = snapshot(account, **customer);
    auto changed = **customer;
    if (auto applied = apply(account, call.parameters, changed); !applied) return applied.error();
    **customer = std::move(changed);
    emit_customer_updated(account, call.cause, **customer, before);
    return render(account, **customer);
}

Result<json::object> delete_customer(Account& account, const Call& call) {
    const auto customer = customer_in_path(account, call);
    if (!customer) return customer.error();
    if ((*customer)->deleted) return no_such_in_path("customer", call.path[0], "id");
    (*customer)->deleted = true;
    emit(account, call.cause, "customer.deleted", [&](Shape) { return render(account, **customer); });
    return render_deleted((*customer)->id, "customer");
}

Result<json::object> list_customers(Account& account, const Call& call) {
    const auto wanted = [&](const Customer& customer) {
        return !customer.deleted && matches(call.parameters, "email", customer.identity.email) &&
               in_range(call.parameters, "created", customer.created);
    };
    return list_page(account.customers, call, "customer", "/v1/customers", wanted,
                     [&](const Customer& customer) { return render(account, customer); });
}

}  // namespace quittance::stripe_emulator
