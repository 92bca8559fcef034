// Makes events and hands them to the webhook ledger.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "stripe_emulator/model/account.hpp"
#include "stripe_emulator/model/call.hpp"

namespace quittance::stripe_emulator {

// The endpoints that hear of this account's events: its own, and those of its platform for connected accounts.
std::vector<const WebhookEndpoint*> listeners_of(const Account& account);
// One of them by its id, also when it is deleted; null if there is none.
const WebhookEndpoint* find_listener(const Account& account, std::string_view id);

// Whether one of them gets thin events.
bool hears_thin_events(const Account& account);

// The shapes in which events are delivered or read now: the account's own and those of its endpoints.
std::vector<Shape> shapes_in_use(const Account& account);

// An object in every shape in use, to be compared later.
using Snapshot = std::map<Shape, json::object>;
Snapshot snapshot(const Account& account, const Invoice& invoice);
Snapshot snapshot(const Account& account, const Customer& customer);
Snapshot snapshot(const Account& account, const Charge& charge);

using Rendering = std::function<json::object(Shape)>;

// Records an event of `type` about the object that `render` shows, and schedules its deliveries. With `before`, the
// envelope carries the previous values of what changed.
void emit(Account& account, const Cause& cause, std::string_view type, const Rendering& render,
          const Snapshot* before = nullptr);
// A kind of event that versions before basil do not know: only endpoints of newer versions get it.
void emit_basil_only(Account& account, const Cause& cause, std::string_view type, const Rendering& render);

// An event without a snapshot: only event destinations get it, and only the v2 API shows it. `object` is empty for an
// event that is about no object.
void emit_thin_only(Account& account, const Cause& cause, std::string_view type, const json::object& object,
                    json::object data = {});

// Stripe shows an event for 30 days. Its age is the real time plus the time by which the clock was moved since.
bool is_shown(const Event& event, const Now& now);
// "v1.invoice.paid": the type of the thin event.
std::string thin_type_of(const Event& event);

void emit_invoice(Account& account, const Cause& cause, std::string_view type, const Invoice& invoice);
// `invoice.updated`, if anything that shows has changed since `before`.
void emit_invoice_updated(Account& account, const Cause& cause, const Invoice& invoice, const Snapshot& before);
void emit_customer_updated(Account& account, const Cause& cause, const Customer& customer, const Snapshot& before);

// The members of `before` that are different in `after`, with their old values; nested objects show only what changed.
json::object previous_attributes(const json::object& before, const json::object& after);

// Whether an endpoint asked for that type of event.
bool listens_to(const WebhookEndpoint& endpoint, std::string_view type);
// The version that an endpoint's webhooks have.
const std::string& version_of(const Account& account, const WebhookEndpoint& endpoint);

}  // namespace quittance::stripe_emulator
