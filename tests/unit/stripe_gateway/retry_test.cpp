// The rules of the reference's §4, as a table: what came of a try, and what follows.
#include "stripe_gateway/retry.hpp"

#include <catch2/catch.hpp>

namespace quittance::stripe_gateway {
namespace {

using std::chrono::milliseconds;

constexpr RetryLimits kLimits{5, milliseconds(100), milliseconds(1'000), milliseconds(10)};
constexpr milliseconds kPlenty{60'000};

StripeAnswer answered(int status, const char* code = "", const char* type = "api_error") {
    StripeAnswer answer;
    answer.status = status;
    answer.error.set_code(code);
    answer.error.set_type(type);
    answer.error.set_http_status(status);
    return answer;
}

struct Case {
    const char* name;
    StripeOutcome outcome;
    bool repeatable;
    Verdict verdict;
    const char* reason;
};

StripeAnswer replayed(StripeAnswer answer) {
    answer.replayed = true;
    return answer;
}

StripeAnswer advised(StripeAnswer answer, bool should_retry) {
    answer.should_retry = should_retry;
    return answer;
}

const std::vector<Case>& cases() {
    static const std::vector<Case> kCases{
        {"success", answered(200), true, Verdict::kStands, ""},
        {"success that advises against a retry", advised(answered(200), false), true, Verdict::kStands, ""},
        {"replayed success", replayed(answered(200)), true, Verdict::kStands, ""},
        {"bad request", answered(400, "parameter_missing"), true, Verdict::kStands, ""},
        {"key used with other parameters", answered(400, "", "idempotency_error"), true, Verdict::kStands, ""},
        {"bad request that advises a retry", advised(answered(400), true), true, Verdict::kRepeat, "should_retry"},
        {"no credentials", answered(401), true, Verdict::kStands, ""},
        {"declined", answered(402, "card_declined", "card_error"), true, Verdict::kStands, ""},
        {"replayed decline", replayed(answered(402, "card_declined")), true, Verdict::kStands, ""},
        {"no permission", answered(403), true, Verdict::kStands, ""},
        {"missing", answered(404, "resource_missing"), true, Verdict::kStands, ""},
        {"key in use", answered(409, "idempotency_key_in_use", "idempotency_error"), true, Verdict::kRepeat,
         "conflict"},
        {"failed dependency", answered(424), true, Verdict::kRepeat, "failed_dependency"},
        {"rate limit", answered(429, "rate_limit"), true, Verdict::kRepeat, "rate_limit"},
        {"lock", answered(429, "lock_timeout"), true, Verdict::kRepeat, "lock_timeout"},
        {"lock, kept under the key", replayed(answered(429, "lock_timeout")), true, Verdict::kPoisoned, "lock_timeout"},
        {"server error", answered(500), true, Verdict::kRepeat, "server_error"},
        {"bad gateway", answered(502), true, Verdict::kRepeat, "server_error"},
        {"server error that advises against a retry", advised(answered(500), false), true, Verdict::kGiveUp, ""},
        {"server error, kept under the key", replayed(answered(500)), true, Verdict::kPoisoned, "server_error"},
        {"kept, though a retry is advised", advised(replayed(answered(500)), true), true, Verdict::kPoisoned,
         "server_error"},
        {"server error without a key", answered(500), false, Verdict::kGiveUp, "server_error"},
        {"not connected", NoAnswer{"refused", false, false, false}, true, Verdict::kRepeat, "unreachable"},
        {"not connected, without a key", NoAnswer{"refused", false, false, false}, false, Verdict::kRepeat,
         "unreachable"},
        {"reset after sending", NoAnswer{"reset", false, true, false}, true, Verdict::kRepeat, "reset"},
        {"reset after sending, without a key", NoAnswer{"reset", false, true, false}, false, Verdict::kGiveUp, "reset"},
        {"timeout", NoAnswer{"timeout", true, true, false}, true, Verdict::kRepeat, "timeout"},
        {"no place under our own limit", NoAnswer{"limit", false, false, true}, true, Verdict::kGiveUp, "throttled"},
    };
    return kCases;
}

TEST_CASE("each outcome has its verdict") {
    for (const auto& example : cases()) {
        INFO(example.name);
        const auto decision = decide(example.outcome, example.repeatable, 1, kPlenty, kLimits, 0.5);
        CHECK(decision.verdict == example.verdict);
        CHECK(decision.reason == example.reason);
    }
}

TEST_CASE("the number of tries is bounded") {
    const StripeOutcome failed = answered(500);
    for (int attempt = 1; attempt < kLimits.attempts; ++attempt)
        CHECK(decide(failed, true, attempt, kPlenty, kLimits, 0.5).verdict == Verdict::kRepeat);
    CHECK(decide(failed, true, kLimits.attempts, kPlenty, kLimits, 0.5).verdict == Verdict::kGiveUp);
}

TEST_CASE("waits double up to a bound, with full jitter") {
    const StripeOutcome failed = answered(500);
    const std::vector<std::pair<int, int>> bounds{{1, 100}, {2, 200}, {3, 400}, {4, 800}};
    for (const auto& [attempt, bound] : bounds) {
        CHECK(decide(failed, true, attempt, kPlenty, kLimits, 0.0).wait == kLimits.shortest_wait);
        CHECK(decide(failed, true, attempt, kPlenty, kLimits, 0.5).wait == milliseconds(bound / 2));
        CHECK(decide(failed, true, attempt, kPlenty, kLimits, 0.999).wait < milliseconds(bound));
    }
    auto patient = kLimits;
    patient.attempts = 100;
    CHECK(decide(failed, true, 60, kPlenty, patient, 0.999).wait < patient.longest_wait);
    CHECK(decide(failed, true, 60, kPlenty, patient, 0.999).wait > milliseconds(900));
}

TEST_CASE("Retry-After is a minimum, and a deadline before it ends the tries") {
    auto limited = answered(429, "rate_limit");
    limited.retry_after = milliseconds(2'000);
    CHECK(decide(limited, true, 1, kPlenty, kLimits, 0.5).wait == milliseconds(2'000));
    CHECK(decide(limited, true, 1, milliseconds(1'500), kLimits, 0.5).verdict == Verdict::kGiveUp);
    limited.retry_after = milliseconds(0);
    CHECK(decide(limited, true, 1, kPlenty, kLimits, 0.5).wait == milliseconds(50));
}

TEST_CASE("no try begins after the deadline") {
    const StripeOutcome failed = answered(500);
    CHECK(decide(failed, true, 1, milliseconds(50), kLimits, 0.5).verdict == Verdict::kGiveUp);
    CHECK(decide(failed, true, 1, milliseconds(51), kLimits, 0.5).verdict == Verdict::kRepeat);
    CHECK(decide(failed, true, 1, milliseconds(-5), kLimits, 0.5).verdict == Verdict::kGiveUp);
}

}  // namespace
}  // namespace quittance::stripe_gateway
