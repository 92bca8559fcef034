// Makes events and schedules their deliveries. An event's data is rendered when the event happens, in every shape in
// use, since the object may change later.
#include "stripe_emulator/billing/events.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <utility>

#include "stripe_emulator/model/version.hpp"
#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {
namespace {

// Stripe keeps events for 30 days, the emulator the newest of them.
constexpr std::size_t kEventsKept = 100'000;

void schedule(Account& account, const Cause& cause, Event& event, const WebhookEndpoint& endpoint) {
    const auto fate = account.webhook_fate ? account.webhook_fate(event.type, endpoint.id) : WebhookFate{};
    ++event.pending_webhooks;
    ++event.undelivered;
    const auto now_ms = cause.now.schedule_ms;
    if (fate.lost) return account.deliveries.add_lost(event.id, endpoint.id, now_ms);
    account.deliveries.add(event.id, endpoint.id, now_ms + fate.delay_ms, true);
    if (fate.duplicated) account.deliveries.add(event.id, endpoint.id, now_ms + fate.duplicate_delay_ms, false);
}

std::string data_of(const json::object& object, const Snapshot* before, Shape shape) {
    json::object data{{"object", object}};
    if (before != nullptr) {
        const auto old = before->find(shape);
        data["previous_attributes"] = old == before->end() ? json::object{} : previous_attributes(old->second, object);
    }
    return json::serialize(data);
}

bool hears(const Account& account, const WebhookEndpoint& endpoint, const Event& event) {
    if (endpoint.disabled) return false;
    if (endpoint.thin) return listens_to(endpoint, thin_type_of(event));
    if (event.thin_only || !listens_to(endpoint, event.type)) return false;
    return !event.basil_only || !is_before_basil(shape_of(version_of(account, endpoint)));
}

Event event_of(Account& account, const Cause& cause, std::string_view type) {
    Event event;
    event.id = account.ids.timed("evt_", cause.now.unix_seconds);
    event.created = cause.now.unix_seconds;
    event.advanced_ms = cause.now.advanced_ms;
    event.type = type;
    event.request_id = cause.request_id;
    event.idempotency_key = cause.idempotency_key;
    return event;
}

void set_object(Event& event, const json::object& object) {
    event.object_id = std::string(object.at("id").as_string());
    event.object_kind = std::string(object.at("object").as_string());
}

void keep(Account& account, const Cause& cause, Event event) {
    if (!event.thin_only && account.event_goes_missing && account.event_goes_missing(event.type)) {
        account.missing_events.push_back({event.type, event.object_id, event.object_kind});
        return;
    }
    auto& kept = account.events.add(std::move(event));
    for (const auto* endpoint : listeners_of(account)) {
        if (hears(account, *endpoint, kept)) schedule(account, cause, kept, *endpoint);
    }
    account.events.keep_newest(kEventsKept);
}

void record(Account& account, const Cause& cause, std::string_view type, const Rendering& render,
            const Snapshot* before, bool basil_only) {
    auto event = event_of(account, cause, type);
    event.basil_only = basil_only;
    auto shapes = shapes_in_use(account);
    if (basil_only) {
        std::erase_if(shapes, is_before_basil);
        if (shapes.empty() && !hears_thin_events(account)) return;
        if (shapes.empty()) shapes = {Shape::kBasil};
    }
    for (const auto shape : shapes) {
        const auto object = render(shape);
        set_object(event, object);
        event.data.emplace(shape, data_of(object, before, shape));
    }
    keep(account, cause, std::move(event));
}

}  // namespace

std::vector<const WebhookEndpoint*> listeners_of(const Account& account) {
    std::vector<const WebhookEndpoint*> found;
    for (const auto& endpoint : account.endpoints.rows()) {
        if (!endpoint.deleted && endpoint.hears_own) found.push_back(&endpoint);
    }
    if (account.platform == nullptr) return found;
    for (const auto& endpoint : account.platform->endpoints.rows()) {
        if (!endpoint.deleted && endpoint.hears_connected) found.push_back(&endpoint);
    }
    return found;
}

const WebhookEndpoint* find_listener(const Account& account, std::string_view id) {
    const auto* own = account.endpoints.find(id);
    if (own != nullptr) return own->hears_own ? own : nullptr;
    const auto* of_platform = account.platform == nullptr ? nullptr : account.platform->endpoints.find(id);
    return of_platform != nullptr && of_platform->hears_connected ? of_platform : nullptr;
}

bool hears_thin_events(const Account& account) {
    const auto listeners = listeners_of(account);
    return std::any_of(listeners.begin(), listeners.end(), [](const auto* endpoint) { return endpoint->thin; });
}

std::vector<Shape> shapes_in_use(const Account& account) {
    std::vector<Shape> shapes{shape_of(account.settings.api_version)};
    for (const auto* endpoint : listeners_of(account)) {
        const auto shape = shape_of(version_of(account, *endpoint));
        if (std::find(shapes.begin(), shapes.end(), shape) == shapes.end()) shapes.push_back(shape);
    }
    return shapes;
}

Snapshot snapshot(const Account& account, const Invoice& invoice) {
    Snapshot made;
    for (const auto shape : shapes_in_use(account)) made.emplace(shape, render(account, invoice, shape));
    return made;
}

Snapshot snapshot(const Account& account, const Customer& customer) {
    Snapshot made;
    for (const auto shape : shapes_in_use(account)) made.emplace(shape, render(account, customer));
    return made;
}

Snapshot snapshot(const Account& account, const Charge& charge) {
    Snapshot made;
    for (const auto shape : shapes_in_use(account)) made.emplace(shape, render(account, charge, shape));
    return made;
}

void emit(Account& account, const Cause& cause, std::string_view type, const Rendering& render,
          const Snapshot* before) {
    record(account, cause, type, render, before, false);
}

void emit_basil_only(Account& account, const Cause& cause, std::string_view type, const Rendering& render) {
    record(account, cause, type, render, nullptr, true);
}

void emit_thin_only(Account& account, const Cause& cause, std::string_view type, const json::object& object,
                    json::object data) {
    auto event = event_of(account, cause, type);
    event.thin_only = true;
    event.thin_data = std::move(data);
    if (object.contains("id")) set_object(event, object);
    event.data.emplace(shape_of(account.settings.api_version), json::serialize(json::object{{"object", object}}));
    keep(account, cause, std::move(event));
}

bool is_shown(const Event& event, const Now& now) {
    constexpr std::int64_t kKeptMs = 30LL * 86'400 * 1000;
    return (now.unix_seconds - event.created) * 1000 + (now.advanced_ms - event.advanced_ms) <= kKeptMs;
}

std::string thin_type_of(const Event& event) {
    return event.type.starts_with("v2.") ? event.type : "v1." + event.type;
}

void emit_invoice(Account& account, const Cause& cause, std::string_view type, const Invoice& invoice) {
    emit(account, cause, type, [&](Shape shape) { return render(account, invoice, shape); });
}

void emit_invoice_updated(Account& account, const Cause& cause, const Invoice& invoice, const Snapshot& before) {
    const auto now = snapshot(account, invoice);
    const auto changed = std::any_of(now.begin(), now.end(), [&](const auto& one) {
        const auto old = before.find(one.first);
        return old == before.end() || old->second != one.second;
    });
    if (!changed) return;
    emit(
        account, cause, "invoice.updated", [&](Shape shape) { return now.at(shape); }, &before);
}

void emit_customer_updated(Account& account, const Cause& cause, const Customer& customer, const Snapshot& before) {
    const auto now = render(account, customer);
    if (before.begin()->second == now) return;
    emit(
        account, cause, "customer.updated", [&](Shape) { return now; }, &before);
}

json::object previous_attributes(const json::object& before, const json::object& after) {
    json::object changed;
    for (const auto& [key, old] : before) {
        const auto* now = after.if_contains(key);
        if (now != nullptr && *now == old) continue;
        if (now != nullptr && now->is_object() && old.is_object()) {
            changed[key] = previous_attributes(old.get_object(), now->get_object());
        } else {
            changed[key] = old;
        }
    }
    // A new member was null before.
    for (const auto& [key, now] : after) {
        if (!before.contains(key)) changed[key] = nullptr;
    }
    return changed;
}

bool listens_to(const WebhookEndpoint& endpoint, std::string_view type) {
    return std::any_of(endpoint.enabled_events.begin(), endpoint.enabled_events.end(), [&](const std::string& wanted) {
        if (wanted == "*" || wanted == type) return true;
        return wanted.ends_with(".*") && type.starts_with(std::string_view(wanted).substr(0, wanted.size() - 1));
    });
}

const std::string& version_of(const Account& account, const WebhookEndpoint& endpoint) {
    return endpoint.api_version ? *endpoint.api_version : account.settings.api_version;
}

}  // namespace quittance::stripe_emulator
