// The rules of the reference (section 4) as a table: the outcome of an attempt, and the decision.
#include "stripe_gateway/stripe_api/retry_policy.hpp"

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
    RetrySafety safety;
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
        {"success", answered(200), RetrySafety::kKeyed, Verdict::kFinal, ""},
        {"success that advises against a retry", advised(answered(200), false), RetrySafety::kKeyed, Verdict::kFinal,
         ""},
        {"replayed success", replayed(answered(200)), RetrySafety::kKeyed, Verdict::kFinal, ""},
        {"bad request", answered(400, "parameter_missing"), RetrySafety::kKeyed, Verdict::kFinal, ""},
        {"key used with other parameters", answered(400, "", "idempotency_error"), RetrySafety::kKeyed, Verdict::kFinal,
         ""},
        {"bad request that advises a retry", advised(answered(400), true), RetrySafety::kKeyed, Verdict::kRetry,
         "should_retry"},
        {"no credentials", answered(401), RetrySafety::kKeyed, Verdict::kFinal, ""},
        {"declined", answered(402, "card_declined", "card_error"), RetrySafety::kKeyed, Verdict::kFinal, ""},
        {"replayed decline", replayed(answered(402, "card_declined")), RetrySafety::kKeyed, Verdict::kFinal, ""},
        {"no permission", answered(403), RetrySafety::kKeyed, Verdict::kFinal, ""},
        {"missing", answered(404, "resource_missing"), RetrySafety::kKeyed, Verdict::kFinal, ""},
        {"key in use", answered(409, "idempotency_key_in_use", "idempotency_error"), RetrySafety::kKeyed,
         Verdict::kRetry, "conflict"},
        {"failed dependency", answered(424), RetrySafety::kKeyed, Verdict::kRetry, "failed_dependency"},
        {"rate limit", answered(429, "rate_limit"), RetrySafety::kKeyed, Verdict::kRetry, "rate_limit"},
        {"lock", answered(429, "lock_timeout"), RetrySafety::kKeyed, Verdict::kRetry, "lock_timeout"},
        {"lock, kept under the key", replayed(answered(429, "lock_timeout")), RetrySafety::kKeyed, Verdict::kPoisoned,
         "lock_timeout"},
        {"server error", answered(500), RetrySafety::kKeyed, Verdict::kRetry, "server_error"},
        {"bad gateway", answered(502), RetrySafety::kKeyed, Verdict::kRetry, "server_error"},
        {"server error that advises against a retry", advised(answered(500), false), RetrySafety::kKeyed,
         Verdict::kRetry, "server_error"},
        {"read that fails and advises against a retry", advised(answered(500), false), RetrySafety::kSafe,
         Verdict::kRetry, "server_error"},
        {"limit that advises against a retry", advised(answered(429, "rate_limit"), false), RetrySafety::kKeyed,
         Verdict::kGiveUp, "rate_limit"},
        {"server error, kept under the key", replayed(answered(500)), RetrySafety::kKeyed, Verdict::kPoisoned,
         "server_error"},
        {"kept, though a retry is advised", advised(replayed(answered(500)), true), RetrySafety::kKeyed,
         Verdict::kPoisoned, "server_error"},
        {"server error without a key", answered(500), RetrySafety::kUnsafe, Verdict::kGiveUp, "server_error"},
        {"not connected", NoAnswer{"refused", false, false, false}, RetrySafety::kKeyed, Verdict::kRetry,
         "unreachable"},
        {"not connected, without a key", NoAnswer{"refused", false, false, false}, RetrySafety::kUnsafe,
         Verdict::kRetry, "unreachable"},
        {"reset after sending", NoAnswer{"reset", false, true, false}, RetrySafety::kKeyed, Verdict::kRetry, "reset"},
        {"reset after sending, without a key", NoAnswer{"reset", false, true, false}, RetrySafety::kUnsafe,
         Verdict::kGiveUp, "reset"},
        {"timeout", NoAnswer{"timeout", true, true, false}, RetrySafety::kKeyed, Verdict::kRetry, "timeout"},
        {"no place under our own limit", NoAnswer{"limit", false, false, true}, RetrySafety::kKeyed, Verdict::kGiveUp,
         "throttled"},
    };
    return kCases;
}

TEST_CASE("each outcome has its verdict") {
    for (const auto& example : cases()) {
        INFO(example.name);
        const auto decision = decide_retry(example.outcome, example.safety, 1, kPlenty, kLimits, 0.5);
        CHECK(decision.verdict == example.verdict);
        CHECK(decision.reason == example.reason);
    }
}

TEST_CASE("the number of tries is bounded") {
    const StripeOutcome failed = answered(500);
    for (int attempt = 1; attempt < kLimits.attempts; ++attempt)
        CHECK(decide_retry(failed, RetrySafety::kKeyed, attempt, kPlenty, kLimits, 0.5).verdict == Verdict::kRetry);
    CHECK(decide_retry(failed, RetrySafety::kKeyed, kLimits.attempts, kPlenty, kLimits, 0.5).verdict ==
          Verdict::kGiveUp);
}

TEST_CASE("waits double up to a bound, with full jitter") {
    const StripeOutcome failed = answered(500);
    const std::vector<std::pair<int, int>> bounds{{1, 100}, {2, 200}, {3, 400}, {4, 800}};
    for (const auto& [attempt, bound] : bounds) {
        CHECK(decide_retry(failed, RetrySafety::kKeyed, attempt, kPlenty, kLimits, 0.0).wait == kLimits.shortest_wait);
        CHECK(decide_retry(failed, RetrySafety::kKeyed, attempt, kPlenty, kLimits, 0.5).wait ==
              milliseconds(bound / 2));
        CHECK(decide_retry(failed, RetrySafety::kKeyed, attempt, kPlenty, kLimits, 0.999).wait < milliseconds(bound));
    }
    auto patient = kLimits;
    patient.attempts = 100;
    CHECK(decide_retry(failed, RetrySafety::kKeyed, 60, kPlenty, patient, 0.999).wait < patient.longest_wait);
    CHECK(decide_retry(failed, RetrySafety::kKeyed, 60, kPlenty, patient, 0.999).wait > milliseconds(900));
}

TEST_CASE("Retry-After is a minimum, and a deadline before it ends the tries") {
    auto limited = answered(429, "rate_limit");
    limited.retry_after = milliseconds(2'000);
    CHECK(decide_retry(limited, RetrySafety::kKeyed, 1, kPlenty, kLimits, 0.5).wait == milliseconds(2'000));
    CHECK(decide_retry(limited, RetrySafety::kKeyed, 1, milliseconds(1'500), kLimits, 0.5).verdict == Verdict::kGiveUp);
    limited.retry_after = milliseconds(0);
    CHECK(decide_retry(limited, RetrySafety::kKeyed, 1, kPlenty, kLimits, 0.5).wait == milliseconds(50));
}

TEST_CASE("what Stripe advises against is asked about once, not again") {
    auto failed = answered(500);
    failed.should_retry = false;
    CHECK(decide_retry(failed, RetrySafety::kKeyed, 1, kPlenty, kLimits, 0.5).verdict == Verdict::kRetry);
    CHECK(decide_retry(failed, RetrySafety::kKeyed, 2, kPlenty, kLimits, 0.5).verdict == Verdict::kGiveUp);
}

TEST_CASE("no try begins after the deadline") {
    const StripeOutcome failed = answered(500);
    CHECK(decide_retry(failed, RetrySafety::kKeyed, 1, milliseconds(50), kLimits, 0.5).verdict == Verdict::kGiveUp);
    CHECK(decide_retry(failed, RetrySafety::kKeyed, 1, milliseconds(51), kLimits, 0.5).verdict == Verdict::kRetry);
    CHECK(decide_retry(failed, RetrySafety::kKeyed, 1, milliseconds(-5), kLimits, 0.5).verdict == Verdict::kGiveUp);
}

}  // namespace
}  // namespace quittance::stripe_gateway
