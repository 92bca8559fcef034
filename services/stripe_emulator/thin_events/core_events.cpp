// The calls that read thin events.
#include <algorithm>
#include <boost/json/array.hpp>

#include "stripe_emulator/billing/events.hpp"
#include "stripe_emulator/operations/paging.hpp"
#include "stripe_emulator/thin_events/thin_events.hpp"

namespace quittance::stripe_emulator {
namespace {

constexpr std::size_t kDefaultLimit = 20;

bool has_wanted_type(const json::object& parameters, const Event& event) {
    const auto* types = array_of(parameters, "types");
    if (types == nullptr) return true;
    const json::value own(thin_type_of(event));
    return std::any_of(types->begin(), types->end(), [&](const json::value& type) { return type == own; });
}

// created_gte=2026-11-30T00:00:00Z and the like. Texts of this form compare like times.
bool is_in_time(const json::object& parameters, const Event& event) {
    const auto* range = object_of(parameters, "created");
    const auto created = rfc3339(event.created);
    const auto bound = [&](std::string_view which) {
        return range == nullptr ? text_of(parameters, which) : text_of(*range, which);
    };
    return (!bound("gt") || created > *bound("gt")) && (!bound("gte") || created >= *bound("gte")) &&
           (!bound("lt") || created < *bound("lt")) && (!bound("lte") || created <= *bound("lte"));
}

}  // namespace

Result<json::object> get_core_event(Account& account, const Call& call) {
    const auto* event = find_thin_event(account, call.path[0]);
    if (event == nullptr || !is_shown(*event, call.cause.now)) return not_found("event", call.path[0]);
    return render_thin_event(account, *event);
}

Result<json::object> list_core_events(Account& account, const Call& call) {
    const auto& parameters = call.parameters;
    const auto paging = paging_of(parameters);
    if (!paging) return paging.error();
    const auto limit = parameters.contains("limit") ? paging->limit : kDefaultLimit;
    const auto page = text_of(parameters, "page");
    const auto* after = page ? find_thin_event(account, *page) : nullptr;
    if (page && after == nullptr) return parameter_invalid("page", "Invalid page token.");
    const auto& rows = account.events.rows();
    json::array data;
    OptionalText next;
    for (auto i = after == nullptr ? rows.size() : account.events.index_of(after->id); i > 0; --i) {
        const auto& event = rows[i - 1];
        const bool wanted = is_shown(event, call.cause.now) && has_wanted_type(parameters, event) &&
                            matches(parameters, "object_id", event.object_id) && is_in_time(parameters, event);
        if (!wanted) continue;
        if (data.size() == limit) {
            next = "/v2/core/events?limit=" + std::to_string(limit) +
                   "&page=" + std::string(data.back().at("id").as_string());
            if (const auto object = text_of(parameters, "object_id")) *next += "&object_id=" + *object;
            if (const auto* types = array_of(parameters, "types")) {
                std::size_t index = 0;
                for (const auto& type : *types)
                    *next += "&types[" + std::to_string(index++) + "]=" + std::string(type.as_string());
            }
            break;
        }
        data.push_back(render_thin_event(account, event));
    }
    return render_page(std::move(data), next);
}

}  // namespace quittance::stripe_emulator
