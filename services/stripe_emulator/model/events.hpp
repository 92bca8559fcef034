// Events and the endpoints that receive them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "stripe_emulator/model/model.hpp"

namespace quittance::stripe_emulator {

struct Event {
    std::string id;
    std::int64_t created = 0;
    std::int64_t advanced_ms = 0;  // how far the clock had been moved then
    std::string type;
    std::string object_id;
    std::string object_kind;  // "invoice"
    std::string request_id;   // empty: automatic
    std::string idempotency_key;
    bool basil_only = false;            // a kind of event that older versions do not know
    bool thin_only = false;             // no snapshot of it exists, so the v1 API does not show it
    json::object thin_data;             // the `data` of a thin event that has some
    std::map<Shape, std::string> data;  // the envelope's `data` as compact JSON, in each shape that was in use
    int pending_webhooks = 0;
    int undelivered = 0;  // of the endpoints that were listening; 0 means delivery_success
};

// An event that the account failed to generate: no webhook and no list will ever have it.
struct MissingEvent {
    std::string type;
    std::string object_id;
    std::string object_kind;
};

struct WebhookEndpoint {
    std::string id;
    std::int64_t created = 0;
    bool deleted = false;
    bool disabled = false;
    bool hears_own = true;         // the account's own events
    bool hears_connected = false;  // those of the accounts connected to it
    bool destination = false;      // made as an event destination of the v2 API
    bool thin = false;             // gets thin events instead of snapshots
    std::string name;              // of an event destination
    std::int64_t updated = 0;
    std::string url;
    OptionalText api_version;
    OptionalText description;
    std::vector<std::string> enabled_events;
    json::object metadata;
    std::string secret;
    OptionalText old_secret;  // still signs while the secret is rolled
    std::int64_t old_secret_until_ms = 0;
};

}  // namespace quittance::stripe_emulator
