// The Stripe-Signature header (https://docs.stripe.com/webhooks#verify-manually): made and checked.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace quittance::stripe {

enum class SignatureProblem {
    kNone,
    kNoSecret,  // none is configured: nothing can be accepted
    kMissingHeader,
    kBadHeader,        // no single t of 1 to 12 digits, or longer than 4 KiB
    kNoSignatures,     // no v1
    kNoMatch,          // no v1 fits any secret
    kTimestampTooOld,  // signed rightly, but more than the tolerance ago
    kTimestampInFuture,
    kBadPayload,  // an empty body
};

// A word for metrics and problem bodies: "no_match".
std::string_view name_of(SignatureProblem problem);

struct SignatureCheck {
    SignatureProblem problem = SignatureProblem::kNone;
    std::size_t secret_index = 0;  // which secret fitted, where one did
};

constexpr std::int64_t kSignatureToleranceSeconds = 300;

// `header`: the field's value; `body`: the raw bytes as received; `now`: Unix seconds. Every v1 is tried against every
// secret in constant time. A tolerance of 0 turns the time check off (tests with recorded signatures only).
SignatureCheck verify_signature(std::string_view header, std::string_view body, std::span<const std::string> secrets,
                                std::int64_t now, std::int64_t tolerance_seconds = kSignatureToleranceSeconds);

// The value of a Stripe-Signature header with one v1 per secret, as Stripe sends while a secret is rolled.
std::string sign(std::string_view body, std::span<const std::string> secrets, std::int64_t timestamp);

}  // namespace quittance::stripe
