// The calls for event destinations of the v2 API: webhook endpoints that get snapshots or thin events.
#include <algorithm>
#include <array>
#include <boost/json/array.hpp>

#include "stripe_emulator/billing/billing.hpp"
#include "stripe_emulator/model/version.hpp"
#include "stripe_emulator/operations/paging.hpp"
#include "stripe_emulator/rendering/render.hpp"
#include "stripe_emulator/thin_events/thin_events.hpp"

namespace quittance::stripe_emulator {
namespace {

constexpr std::size_t kSecretLength = 32;

bool has(const json::object& parameters, std::string_view list, std::string_view word) {
    const auto* words = array_of(parameters, list);
    return words != nullptr &&
           std::any_of(words->begin(), words->end(), [&](const json::value& one) { return one == json::value(word); });
}

json::object show(const Account& account, const WebhookEndpoint& endpoint, const json::object& parameters) {
    json::array enabled;
    for (const auto& type : endpoint.enabled_events) enabled.emplace_back(type);
    json::array from;
    if (endpoint.hears_own) from.emplace_back("self");
    if (endpoint.hears_connected) from.emplace_back("other_accounts");
    json::object webhook;
    if (has(parameters, "include", "webhook_endpoint.signing_secret")) webhook["signing_secret"] = endpoint.secret;
    if (has(parameters, "include", "webhook_endpoint.url")) webhook["url"] = endpoint.url;
    json::object out{
        {"id", endpoint.id},
        {"object", "v2.core.event_destination"},
        {"created", rfc3339(endpoint.created)},
        {"description", endpoint.description.value_or("")},
        {"enabled_events", std::move(enabled)},
        {"event_payload", endpoint.thin ? "thin" : "snapshot"},
        {"events_from", std::move(from)},
        {"livemode", account.settings.livemode},
        {"metadata", endpoint.metadata},
        {"name", endpoint.name},
    };
    if (!endpoint.thin) out["snapshot_api_version"] = or_null(endpoint.api_version);
    out["status"] = endpoint.disabled ? "disabled" : "enabled";
    out["status_details"] = nullptr;
    if (endpoint.disabled) out["status_details"] = json::object{{"disabled", {{"reason", "user"}}}};
    out["type"] = "webhook_endpoint";
    out["updated"] = rfc3339(endpoint.updated);
    if (!webhook.empty()) out["webhook_endpoint"] = std::move(webhook);
    return out;
}

Result<WebhookEndpoint*> destination_in_path(Account& account, const Call& call) {
    auto* endpoint = account.endpoints.find(call.path[0]);
    if (endpoint == nullptr || endpoint->deleted || !endpoint->destination)
        return not_found("event destination", call.path[0]);
    return endpoint;
}

Result<void> refuse_unknown(const json::object& parameters) {
    constexpr std::array<std::string_view, 11> kKnown{
        "description", "enabled_events", "event_payload",        "events_from",      "include", "metadata",
        "name",        "type",           "snapshot_api_version", "webhook_endpoint", "expand"};
    for (const auto& [name, value] : parameters) {
        if (std::find(kKnown.begin(), kKnown.end(), name) == kKnown.end())
            return parameter_unknown({std::string(name)});
    }
    return {};
}

// What create and update share.
Result<void> apply(const json::object& parameters, WebhookEndpoint& endpoint) {
    if (auto known = refuse_unknown(parameters); !known) return known.error();
    if (const auto name = text_of(parameters, "name")) endpoint.name = *name;
    set_text(parameters, "description", endpoint.description);
    if (const auto* types = array_of(parameters, "enabled_events")) {
        endpoint.enabled_events.clear();
        for (const auto& type : *types) {
            if (!type.is_string()) return parameter_invalid("enabled_events", "Invalid array of event types.");
            endpoint.enabled_events.emplace_back(type.get_string());
        }
    }
    if (const auto* webhook = object_of(parameters, "webhook_endpoint")) {
        const auto url = text_of(*webhook, "url").value_or("");
        if (!url.starts_with("http://") && !url.starts_with("https://"))
            return parameter_invalid("webhook_endpoint.url", "Invalid URL.", "url_invalid");
        endpoint.url = url;
    }
    if (const auto* metadata = object_of(parameters, "metadata")) {
        for (const auto& [key, value] : *metadata) endpoint.metadata[key] = value;
    }
    return {};
}

// What only create takes.
Result<void> apply_kind(const Account& account, const json::object& parameters, WebhookEndpoint& endpoint) {
    if (text_of(parameters, "type") != OptionalText("webhook_endpoint"))
        return parameter_invalid("type", "The emulator has event destinations of type webhook_endpoint only.");
    const auto payload = text_of(parameters, "event_payload").value_or("");
    if (payload != "thin" && payload != "snapshot")
        return parameter_invalid("event_payload", "Invalid event_payload: must be one of snapshot or thin");
    endpoint.thin = payload == "thin";
    const auto version = text_of(parameters, "snapshot_api_version");
    if (version && endpoint.thin) return parameter_invalid("snapshot_api_version", "Thin events have no API version.");
    if (version && !is_api_version(*version))
        return parameter_invalid("snapshot_api_version", "Invalid Stripe API version: " + *version);
    if (!endpoint.thin) endpoint.api_version = version.value_or(account.settings.api_version);
    if (parameters.contains("events_from")) {
        endpoint.hears_own = has(parameters, "events_from", "self") || has(parameters, "events_from", "@self");
        endpoint.hears_connected =
            has(parameters, "events_from", "other_accounts") || has(parameters, "events_from", "@accounts");
    }
    return {};
}

void drop_deliveries(Account& account, const std::string& id) {
    account.deliveries.drop_endpoint(id);
    for (auto* connected : account.connected) connected->deliveries.drop_endpoint(id);
}

Result<json::object> set_disabled(Account& account, const Call& call, bool disabled) {
    const auto endpoint = destination_in_path(account, call);
    if (!endpoint) return endpoint.error();
    (*endpoint)->disabled = disabled;
    (*endpoint)->updated = call.cause.now.unix_seconds;
    return show(account, **endpoint, call.parameters);
}

}  // namespace

Result<json::object> create_event_destination(Account& account, const Call& call) {
    const auto& parameters = call.parameters;
    for (const auto* name : {"name", "type", "event_payload", "enabled_events", "webhook_endpoint"}) {
        if (!parameters.contains(name)) return parameter_missing(name);
    }
    WebhookEndpoint endpoint;
    endpoint.destination = true;
    if (auto applied = apply(parameters, endpoint); !applied) return applied.error();
    if (auto applied = apply_kind(account, parameters, endpoint); !applied) return applied.error();
    endpoint.id = account.ids.plain(account.settings.livemode ? "ed_61" : "ed_test_61", 30);
    endpoint.created = call.cause.now.unix_seconds;
    endpoint.updated = endpoint.created;
    endpoint.secret = account.ids.plain("whsec_", kSecretLength);
    return show(account, account.endpoints.add(std::move(endpoint)), parameters);
}

Result<json::object> get_event_destination(Account& account, const Call& call) {
    const auto endpoint = destination_in_path(account, call);
    if (!endpoint) return endpoint.error();
    return show(account, **endpoint, call.parameters);
}

Result<json::object> update_event_destination(Account& account, const Call& call) {
    const auto endpoint = destination_in_path(account, call);
    if (!endpoint) return endpoint.error();
    auto changed = **endpoint;
    if (auto applied = apply(call.parameters, changed); !applied) return applied.error();
    changed.updated = call.cause.now.unix_seconds;
    **endpoint = std::move(changed);
    return show(account, **endpoint, call.parameters);
}

Result<json::object> delete_event_destination(Account& account, const Call& call) {
    const auto endpoint = destination_in_path(account, call);
    if (!endpoint) return endpoint.error();
    (*endpoint)->deleted = true;
    drop_deliveries(account, (*endpoint)->id);
    return json::object{{"id", (*endpoint)->id}, {"object", "v2.core.event_destination"}};
}

Result<json::object> enable_event_destination(Account& account, const Call& call) {
    return set_disabled(account, call, false);
}

Result<json::object> disable_event_destination(Account& account, const Call& call) {
    return set_disabled(account, call, true);
}

// In one page: nobody has many destinations.
Result<json::object> list_event_destinations(Account& account, const Call& call) {
    json::array data;
    const auto& rows = account.endpoints.rows();
    for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
        if (!row->deleted && row->destination) data.push_back(show(account, *row, call.parameters));
    }
    return render_page(std::move(data), std::nullopt);
}

}  // namespace quittance::stripe_emulator
