// The health event that tells of an event which was never generated: the only trace of it.
#include "stripe_emulator/billing/events.hpp"
#include "stripe_emulator/rendering/render.hpp"
#include "stripe_emulator/thin_events/thin_events.hpp"

namespace quittance::stripe_emulator {
namespace {

void report(Account& account, const Cause& cause, const MissingEvent& missing) {
    json::object impact{{"event_type", missing.type},
                        {"related_object",
                         {{"id", missing.object_id},
                          {"type", missing.object_kind},
                          {"url", "/v1/" + missing.object_kind + "s/" + missing.object_id}}}};
    if (account.platform != nullptr) impact["context"] = account.settings.id;
    const json::object data{{"alert_id", account.ids.plain("halert_61", 30)},
                            {"grouping_key", account.ids.plain("_grouping_", 40)},
                            {"impact", std::move(impact)},
                            {"resolved_at", rfc3339(cause.now.unix_seconds)},
                            {"severity", "critical"},
                            {"summary", "An event could not be generated for this account."}};
    emit_thin_only(account, cause, "v2.core.health.event_generation_failure.resolved", {}, data);
}

}  // namespace

Result<std::size_t> report_missing_events(Account& account, const Cause& cause, const json::object& wish) {
    const auto object = text_of(wish, "object");
    if (!object) {
        const auto missing = std::move(account.missing_events);
        account.missing_events.clear();
        for (const auto& one : missing) report(account, cause, one);
        return missing.size();
    }
    const auto type = text_of(wish, "event_type");
    if (!type) return parameter_missing("event_type");
    const auto shown = render_by_id(account, *object, Shape::kClover);
    if (!shown) return no_such_parameter("object", *object, "object");
    report(account, cause, {*type, *object, std::string(shown->at("object").as_string())});
    return std::size_t{1};
}

}  // namespace quittance::stripe_emulator
