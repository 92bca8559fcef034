// Thin events of the v2 API: what they look like, the calls that read them, and the destinations that receive them.
// A thin event names an object and has no copy of it. Events of v1 objects have both forms.
#pragma once

#include <string>
#include <string_view>

#include "stripe_emulator/model/account.hpp"
#include "stripe_emulator/model/call.hpp"
#include "stripe_emulator/model/refusal.hpp"

namespace quittance::stripe_emulator {

// thin_event.cpp
// As event destinations get it, and as GET /v2/core/events/{id} shows it.
json::object render_notification(const Account& account, const Event& event);
json::object render_thin_event(const Account& account, const Event& event);
// The event with that id of the v2 API; null if there is none.
const Event* find_thin_event(const Account& account, std::string_view id);
// "2026-11-30T01:02:03.000Z"
std::string rfc3339(std::int64_t unix_seconds);
// {"data": […], "next_page_url": …, "previous_page_url": null}
json::object render_page(json::array data, const OptionalText& next_page_url);
// The v2 API's 404.
Refusal not_found(std::string_view kind, std::string_view id);

// core_events.cpp
Result<json::object> get_core_event(Account& account, const Call& call);
Result<json::object> list_core_events(Account& account, const Call& call);

// event_destinations.cpp
Result<json::object> create_event_destination(Account& account, const Call& call);
Result<json::object> get_event_destination(Account& account, const Call& call);
Result<json::object> update_event_destination(Account& account, const Call& call);
Result<json::object> delete_event_destination(Account& account, const Call& call);
Result<json::object> enable_event_destination(Account& account, const Call& call);
Result<json::object> disable_event_destination(Account& account, const Call& call);
Result<json::object> list_event_destinations(Account& account, const Call& call);

// health.cpp
// Emits v2.core.health.event_generation_failure.resolved for each event that went missing; or for the one that
// `wish` names: {"event_type": "invoice.paid", "object": "in_…"}. Gives how many it emitted.
Result<std::size_t> report_missing_events(Account& account, const Cause& cause, const json::object& wish);

}  // namespace quittance::stripe_emulator
