// Reads the rules of faults and decides which calls they hit. A random decision depends only on the seeds and on how
// many calls the rule has matched.
#include "stripe_emulator/http/faults.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <cmath>
#include <utility>

namespace quittance::stripe_emulator {
namespace {

constexpr std::array<std::pair<std::string_view, FaultKind>, 14> kKinds{{
    {"rate_limit_429", FaultKind::kRateLimit429},
    {"lock_timeout_429", FaultKind::kLockTimeout429},
    {"conflict_409", FaultKind::kConflict409},
    {"error_500_before", FaultKind::kError500Before},
    {"error_500_after", FaultKind::kError500After},
    {"drop_before", FaultKind::kDropBefore},
    {"drop_after", FaultKind::kDropAfter},
    {"slow", FaultKind::kSlow},
    {"hold", FaultKind::kHold},
    {"webhook_lose", FaultKind::kWebhookLose},
    {"webhook_duplicate", FaultKind::kWebhookDuplicate},
    {"webhook_delay", FaultKind::kWebhookDelay},
    {"webhook_reorder", FaultKind::kWebhookReorder},
    {"event_missing", FaultKind::kEventMissing},
}};

constexpr std::size_t kMostRules = 1000;
constexpr std::int64_t kLongestMs = 600'000;

// splitmix64: a well-mixed number from a counter.
std::uint64_t mix(std::uint64_t x) {
    x += 0x9E3779B97F4A7C15ULL;
    x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    x = (x ^ (x >> 27U)) * 0x94D049BB133111EBULL;
    return x ^ (x >> 31U);
}

bool is_webhook_kind(FaultKind kind) {
    return kind >= FaultKind::kWebhookLose && kind <= FaultKind::kWebhookReorder;
}

Refusal bad(std::string_view name, std::string_view message) {
    return invalid_request(message, name);
}

// Reads the members of a rule one by one, up to the first invalid one.
class RuleReader {
  public:
    explicit RuleReader(FaultRule& rule) : rule_(rule) {}

    Result<void> read(std::string_view name, const json::value& value) {
        if (name == "kind") return kind(value);
        for (auto& [text_name, target] : texts_) {
            if (text_name != name) continue;
            if (!value.is_string()) return bad(name, "must be a text");
            *target = std::string(value.get_string());
            return {};
        }
        if (name == "nth") return count(name, value, 1, rule_.nth);
        if (name == "count") return count(name, value, 0, rule_.count);
        if (name == "seed") return count(name, value, 0, rule_.seed);
        if (name == "ms") {
            if (!value.is_int64() || value.get_int64() < 0 || value.get_int64() > kLongestMs)
                return bad(name, "must be 0 to 600000");
            rule_.ms = value.get_int64();
            return {};
        }
        if (name == "probability") return probability(value);
        if (name == "when") {
            if (value != "before" && value != "after") return bad(name, "must be before or after");
            rule_.after = value == "after";
            return {};
        }
        if (name == "stored" || name == "should_retry") {
            if (!value.is_bool()) return bad(name, "must be true or false");
            (name == "stored" ? rule_.stored : rule_.should_retry) = value.get_bool();
            return {};
        }
        return bad(name, "is no member of a fault");
    }

  private:
    Result<void> kind(const json::value& value) {
        for (const auto& [word, known] : kKinds) {
            if (!value.is_string() || std::string_view(value.get_string()) != word) continue;
            rule_.kind = known;
            return {};
        }
        return bad("kind", "is not known");
    }

    static Result<void> count(std::string_view name, const json::value& value, std::int64_t least,
                              std::uint64_t& target) {
        if (!value.is_int64() || value.get_int64() < least)
            return bad(name, "must be an integer from " + std::to_string(least));
        target = static_cast<std::uint64_t>(value.get_int64());
        return {};
    }

    Result<void> probability(const json::value& value) {
        const double number = value.is_number() ? value.to_number<double>() : -1.0;
        if (!(number >= 0.0 && number <= 1.0)) return bad("probability", "must be 0 to 1");
        rule_.probability = number;
        return {};
    }

    FaultRule& rule_;
    std::array<std::pair<std::string_view, std::string*>, 6> texts_{{{"method", &rule_.method},
                                                                     {"path", &rule_.path},
                                                                     {"idempotency_key", &rule_.idempotency_key},
                                                                     {"event_type", &rule_.event_type},
                                                                     {"endpoint", &rule_.endpoint},
                                                                     {"reason", &rule_.reason}}};
};

}  // namespace

bool glob(std::string_view pattern, std::string_view text) {
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t star = std::string_view::npos;
    std::size_t resume = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

Result<FaultRule*> Faults::add(const json::object& given) {
    if (!given.contains("kind")) return bad("kind", "is missing");
    if (rules_.size() >= kMostRules) return bad("kind", "there are too many faults");
    FaultRule rule;
    // Without a count, a rule with a probability has no end, and one without strikes once.
    if (given.contains("probability")) rule.count = 0;
    RuleReader reader(rule);
    for (const auto& [name, value] : given) {
        if (auto read = reader.read(name, value); !read) return read.error();
    }
    rule.id = next_id_++;
    rules_.push_back(std::move(rule));
    return &rules_.back();
}

bool Faults::remove(std::uint64_t id) {
    const auto found = std::find_if(rules_.begin(), rules_.end(), [&](const FaultRule& rule) { return rule.id == id; });
    if (found == rules_.end()) return false;
    rules_.erase(found);
    return true;
}

std::uint64_t Faults::draw(const FaultRule& rule, std::uint64_t salt) const {
    return mix(mix(mix(seed_ ^ mix(rule.seed)) + rule.id) + rule.matched * 4 + salt);
}

bool Faults::strikes(FaultRule& rule) {
    ++rule.matched;
    if (rule.matched < rule.nth || (rule.count != 0 && rule.struck >= rule.count)) return false;
    const double chance = static_cast<double>(draw(rule, 0) >> 11U) / 9007199254740992.0;  // 53 bits: [0, 1)
    if (chance >= rule.probability) return false;
    ++rule.struck;
    return true;
}

const FaultRule* Faults::strike_call(std::string_view method, std::string_view path, std::string_view idempotency_key) {
    const FaultRule* first = nullptr;
    for (auto& rule : rules_) {
        if (is_webhook_kind(rule.kind) || rule.kind == FaultKind::kEventMissing) continue;
        if (!glob(rule.method, method) || !glob(rule.path, path) || !glob(rule.idempotency_key, idempotency_key))
            continue;
        // A call that a rule struck does not reach later rules.
        if (strikes(rule)) {
            first = &rule;
            break;
        }
    }
    return first;
}

WebhookFate Faults::strike_webhook(std::string_view event_type, std::string_view endpoint, std::int64_t clock_rate) {
    WebhookFate fate;
    for (auto& rule : rules_) {
        if (!is_webhook_kind(rule.kind) || !glob(rule.event_type, event_type) || !glob(rule.endpoint, endpoint))
            continue;
        if (!strikes(rule)) continue;
        const auto window = static_cast<std::uint64_t>(rule.ms) + 1;
        const auto random_ms = static_cast<std::int64_t>(draw(rule, 1) % window) * clock_rate;
        switch (rule.kind) {
            case FaultKind::kWebhookLose:
                fate.lost = true;
                break;
            case FaultKind::kWebhookDuplicate:
                fate.duplicated = true;
                fate.duplicate_delay_ms = random_ms;
                break;
            case FaultKind::kWebhookDelay:
                fate.delay_ms += rule.ms * clock_rate;
                break;
            default:
                fate.delay_ms += random_ms;
                break;
        }
    }
    return fate;
}

bool Faults::strike_event(std::string_view event_type) {
    return std::any_of(rules_.begin(), rules_.end(), [&](FaultRule& rule) {
        return rule.kind == FaultKind::kEventMissing && glob(rule.event_type, event_type) && strikes(rule);
    });
}

json::object Faults::show(const FaultRule& rule) const {
    std::string_view word;
    for (const auto& [name, kind] : kKinds) {
        if (kind == rule.kind && word.empty()) word = name;
    }
    return {{"id", rule.id},
            {"kind", word},
            {"method", rule.method},
            {"path", rule.path},
            {"idempotency_key", rule.idempotency_key},
            {"event_type", rule.event_type},
            {"endpoint", rule.endpoint},
            {"nth", rule.nth},
            {"count", rule.count},
            {"probability", rule.probability},
            {"seed", rule.seed},
            {"ms", rule.ms},
            {"when", rule.after ? "after" : "before"},
            {"matched", rule.matched},
            {"struck", rule.struck}};
}

}  // namespace quittance::stripe_emulator
