// The calls for webhook endpoints, the addresses that get events. Only the answer to create shows the signing secret.
#include <boost/json/array.hpp>

#include "stripe_emulator/billing/billing.hpp"
#include "stripe_emulator/model/version.hpp"
#include "stripe_emulator/operations/operations.hpp"
#include "stripe_emulator/operations/paging.hpp"
#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {
namespace {

constexpr std::size_t kSecretLength = 32;

Result<WebhookEndpoint*> endpoint_in_path(Account& account, const Call& call) {
    auto* endpoint = account.endpoints.find(call.path[0]);
    if (endpoint == nullptr || endpoint->deleted || endpoint->destination)
        return no_such_in_path("webhook endpoint", call.path[0], "webhook_endpoint");
    return endpoint;
}

Result<void> apply(const json::object& parameters, WebhookEndpoint& endpoint) {
    if (const auto url = text_of(parameters, "url")) {
        if (!url->starts_with("http://") && !url->starts_with("https://")) {
            return invalid_request("Invalid URL: An explicit scheme (such as https) must be provided.", "url",
                                   "url_invalid");
        }
        endpoint.url = *url;
    }
    if (const auto* types = array_of(parameters, "enabled_events")) {
        if (types->empty()) return parameter_missing("enabled_events");
        endpoint.enabled_events.clear();
        for (const auto& type : *types) endpoint.enabled_events.emplace_back(type.as_string());
    }
    if (const auto version = text_of(parameters, "api_version")) {
        if (!is_api_version(*version)) return invalid_request("Invalid Stripe API version: " + *version, "api_version");
        endpoint.api_version = *version;
    }
    set_text(parameters, "description", endpoint.description);
    if (const auto disabled = boolean_of(parameters, "disabled")) endpoint.disabled = *disabled;
    return apply_metadata(parameters, "metadata", endpoint.metadata);
}

}  // namespace

Result<json::object> create_webhook_endpoint(Account& account, const Call& call) {
    WebhookEndpoint endpoint;
    endpoint.hears_connected = boolean_of(call.parameters, "connect").value_or(false);
    endpoint.hears_own = !endpoint.hears_connected;
    endpoint.id = account.ids.timed("we_", call.cause.now.unix_seconds);
    endpoint.created = call.cause.now.unix_seconds;
    endpoint.secret = account.ids.plain("whsec_", kSecretLength);
    if (auto applied = apply(call.parameters, endpoint); !applied) return applied.error();
    const auto& kept = account.endpoints.add(std::move(endpoint));
    json::object shown;
    for (const auto& member : render(account, kept)) {
        if (member.key() == "status") shown["secret"] = kept.secret;
        shown[member.key()] = member.value();
    }
    return shown;
}

Result<json::object> get_webhook_endpoint(Account& account, const Call& call) {
    const auto endpoint = endpoint_in_path(account, call);
    if (!endpoint) return endpoint.error();
    return render(account, **endpoint);
}

Result<json::object> update_webhook_endpoint(Account& account, const Call& call) {
    const auto endpoint = endpoint_in_path(account, call);
    if (!endpoint) return endpoint.error();
    auto changed = **endpoint;
    if (auto applied = apply(call.parameters, changed); !applied) return applied.error();
    **endpoint = std::move(changed);
    return render(account, **endpoint);
}

Result<json::object> delete_webhook_endpoint(Account& account, const Call& call) {
    const auto endpoint = endpoint_in_path(account, call);
    if (!endpoint) return endpoint.error();
    (*endpoint)->deleted = true;
    account.deliveries.drop_endpoint((*endpoint)->id);
    for (auto* connected : account.connected) connected->deliveries.drop_endpoint((*endpoint)->id);
    return render_deleted((*endpoint)->id, "webhook_endpoint");
}

Result<json::object> list_webhook_endpoints(Account& account, const Call& call) {
    return list_page(
        account.endpoints, call, "webhook_endpoint", "/v1/webhook_endpoints",
        [](const WebhookEndpoint& endpoint) { return !endpoint.deleted && !endpoint.destination; },
        [&](const WebhookEndpoint& endpoint) { return render(account, endpoint); });
}

}  // namespace quittance::stripe_emulator
