// The calls for events: read, list, resend.
#include <algorithm>
#include <boost/json/array.hpp>

#include "stripe_emulator/billing/events.hpp"
#include "stripe_emulator/operations/operations.hpp"
#include "stripe_emulator/operations/paging.hpp"
#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {
namespace {

constexpr std::size_t kMostTypes = 20;

// "invoice.*" matches every type that begins with "invoice.".
bool fits(std::string_view pattern, std::string_view type) {
    const auto star = pattern.find('*');
    if (star == std::string_view::npos) return pattern == type;
    return type.size() + 1 >= pattern.size() && type.starts_with(pattern.substr(0, star)) &&
           type.ends_with(pattern.substr(star + 1));
}

bool has_wanted_type(const json::object& parameters, const Event& event) {
    if (const auto type = text_of(parameters, "type")) return fits(*type, event.type);
    const auto* types = array_of(parameters, "types");
    if (types == nullptr) return true;
    return std::any_of(types->begin(), types->end(),
                       [&](const json::value& type) { return type == json::value(event.type); });
}

}  // namespace

Result<json::object> get_event(Account& account, const Call& call) {
    const auto* event = account.events.find(call.path[0]);
    if (event == nullptr || event->thin_only || !is_shown(*event, call.cause.now))
        return no_such_in_path("event", call.path[0], "id");
    return render_event_of_account(account, *event);
}

Result<json::object> list_events(Account& account, const Call& call) {
    const auto& parameters = call.parameters;
    if (parameters.contains("type") && parameters.contains("types")) {
        return parameter_invalid("types", "You may only specify one of these parameters: type, types.",
                                 "parameters_exclusive");
    }
    if (const auto* types = array_of(parameters, "types"); types != nullptr && types->size() > kMostTypes) {
        return parameter_invalid("types", "You may only specify up to 20 types.");
    }
    const auto delivered = boolean_of(parameters, "delivery_success");
    const auto wanted = [&](const Event& event) {
        return !event.thin_only && is_shown(event, call.cause.now) && has_wanted_type(parameters, event) &&
               (!delivered || *delivered == (event.undelivered == 0)) && in_range(parameters, "created", event.created);
    };
    return list_page(account.events, call, "event", "/v1/events", wanted,
                     [&](const Event& event) { return render_event_of_account(account, event); });
}

// The call of the CLI's `events resend`: one more delivery, beside the automatic ones.
Result<json::object> retry_event(Account& account, const Call& call) {
    const auto* event = account.events.find(call.path[0]);
    if (event == nullptr || event->thin_only) return no_such_in_path("event", call.path[0], "id");
    const auto wanted = text_of(call.parameters, "webhook_endpoint");
    if (wanted) {
        const auto* endpoint = find_listener(account, *wanted);
        if (endpoint == nullptr || endpoint->deleted)
            return no_such_parameter("webhook_endpoint", *wanted, "webhook_endpoint");
    }
    for (const auto* endpoint : listeners_of(account)) {
        const bool chosen = wanted ? endpoint->id == *wanted
                                   : !endpoint->disabled && !endpoint->thin && listens_to(*endpoint, event->type);
        if (chosen) account.deliveries.add(event->id, endpoint->id, call.cause.now.schedule_ms, false);
    }
    return render_event_of_account(account, *event);
}

}  // namespace quittance::stripe_emulator
