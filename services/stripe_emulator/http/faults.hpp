// Faults on request, deterministic from a seed. Calls are refused, dropped, slowed or held; webhooks are lost, doubled,
// delayed or shuffled.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "stripe_emulator/model/account.hpp"
#include "stripe_emulator/model/refusal.hpp"

namespace quittance::stripe_emulator {

enum class FaultKind {
    kRateLimit429,
    kLockTimeout429,
    kConflict409,
    kError500Before,
    kError500After,
    kDropBefore,
    kDropAfter,
    kSlow,
    kHold,
    kWebhookLose,
    kWebhookDuplicate,
    kWebhookDelay,
    kWebhookReorder,
    kEventMissing,
};

struct FaultRule {
    std::uint64_t id = 0;
    FaultKind kind = FaultKind::kSlow;
    // Which calls or webhooks: globs, where '*' stands for any run of characters.
    std::string method = "*";
    std::string path = "*";
    std::string idempotency_key = "*";
    std::string event_type = "*";
    std::string endpoint = "*";
    std::uint64_t nth = 1;    // the first of the matching ones that it strikes
    std::uint64_t count = 1;  // how many it strikes; 0: no end
    double probability = 1.0;
    std::uint64_t seed = 0;
    std::int64_t ms = 1000;            // slow, delay: how long; reorder: the window. Real time
    bool after = false;                // slow, hold: after the effect
    std::optional<bool> stored;        // whether the refusal is kept under the idempotency key; else as Stripe does
    std::optional<bool> should_retry;  // overrides the header
    std::string reason = "global-rate";
    std::uint64_t matched = 0;
    std::uint64_t struck = 0;
};

class Faults {
  public:
    explicit Faults(std::uint64_t seed) : seed_(seed) {}

    // Reads a rule as POST /_emulator/faults gives it; every member is checked, unknown ones are refused.
    Result<FaultRule*> add(const json::object& given);
    bool remove(std::uint64_t id);
    void clear() { rules_.clear(); }

    // The rule that hits this call, or null. Counts the match.
    const FaultRule* strike_call(std::string_view method, std::string_view path, std::string_view idempotency_key);
    // What the rules do to a webhook. `clock_rate` turns the rules' real milliseconds into the schedule's.
    WebhookFate strike_webhook(std::string_view event_type, std::string_view endpoint, std::int64_t clock_rate);

    // Whether an event of that type fails to be generated.
    bool strike_event(std::string_view event_type);

    json::object show(const FaultRule& rule) const;
    const std::deque<FaultRule>& rules() const { return rules_; }

  private:
    bool strikes(FaultRule& rule);
    std::uint64_t draw(const FaultRule& rule, std::uint64_t salt) const;

    std::uint64_t seed_;
    std::uint64_t next_id_ = 1;
    std::deque<FaultRule> rules_;
};

// Whether `text` fits a pattern in which '*' stands for any run of characters.
bool glob(std::string_view pattern, std::string_view text);

}  // namespace quittance::stripe_emulator
