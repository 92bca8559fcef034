// Renders thin events. The id of a thin event follows from the id of its snapshot.
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <cstdio>
#include <ctime>

#include "stripe_emulator/billing/events.hpp"
#include "stripe_emulator/model/version.hpp"
#include "stripe_emulator/rendering/render.hpp"
#include "stripe_emulator/thin_events/thin_events.hpp"

namespace quittance::stripe_emulator {
namespace {

constexpr std::string_view kSnapshotPrefix = "evt_";

std::string_view thin_prefix(const Account& account) {
    return account.settings.livemode ? "evt_65" : "evt_test_65";
}

std::string thin_id_of(const Account& account, const Event& event) {
    return std::string(thin_prefix(account)) + event.id.substr(kSnapshotPrefix.size());
}

json::value reason_of(const Event& event) {
    if (event.request_id.empty()) return nullptr;
    return json::object{{"type", "request"},
                        {"request", {{"id", event.request_id}, {"idempotency_key", event.idempotency_key}}}};
}

// {"before": …, "after": …} of the members that changed; nothing for an event without previous values.
json::object changes_of(const json::object& data) {
    const auto* before = data.if_contains("previous_attributes");
    if (before == nullptr) return {};
    const auto& object = data.at("object").as_object();
    json::object after;
    for (const auto& [name, old] : before->as_object()) {
        const auto* now = object.if_contains(name);
        after[name] = now == nullptr ? json::value(nullptr) : *now;
    }
    return {{"before", *before}, {"after", std::move(after)}};
}

}  // namespace

std::string rfc3339(std::int64_t unix_seconds) {
    const auto time = static_cast<std::time_t>(unix_seconds);
    std::tm parts{};
    gmtime_r(&time, &parts);
    char text[32];
    const auto length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S.000Z", &parts);
    return {text, length};
}

json::object render_notification(const Account& account, const Event& event) {
    json::object out{
        {"id", thin_id_of(account, event)},
        {"object", "v2.core.event"},
        {"context", account.platform != nullptr ? json::value(account.settings.id) : json::value(nullptr)},
        {"created", rfc3339(event.created)},
        {"livemode", account.settings.livemode},
        {"reason", reason_of(event)},
        {"related_object", nullptr},
    };
    if (!event.object_id.empty()) {
        out["related_object"] = json::object{{"id", event.object_id},
                                             {"type", event.object_kind},
                                             {"url", "/v1/" + event.object_kind + "s/" + event.object_id}};
    }
    out["snapshot_event"] = event.thin_only ? json::value(nullptr) : json::value(event.id);
    out["type"] = thin_type_of(event);
    return out;
}

json::object render_thin_event(const Account& account, const Event& event) {
    auto out = render_notification(account, event);
    if (!event.thin_data.empty()) out["data"] = event.thin_data;
    // The values are those of the account's own version, if the event has them in that shape.
    const auto own = event.data.find(shape_of(account.settings.api_version));
    const auto& data = own == event.data.end() ? event.data.begin()->second : own->second;
    auto changes = changes_of(json::parse(data).as_object());
    if (!changes.empty()) out["changes"] = std::move(changes);
    return out;
}

const Event* find_thin_event(const Account& account, std::string_view id) {
    const auto prefix = thin_prefix(account);
    if (!id.starts_with(prefix)) return nullptr;
    return account.events.find(std::string(kSnapshotPrefix) + std::string(id.substr(prefix.size())));
}

json::object render_page(json::array data, const OptionalText& next_page_url) {
    return {{"data", std::move(data)}, {"next_page_url", or_null(next_page_url)}, {"previous_page_url", nullptr}};
}

Refusal not_found(std::string_view kind, std::string_view id) {
    auto refused = no_such_in_path(kind, id, "id");
    refused.error["code"] = "not_found";
    return refused;
}

}  // namespace quittance::stripe_emulator
