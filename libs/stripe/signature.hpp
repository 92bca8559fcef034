// Makes and checks the Stripe-Signature header (https://docs.stripe.com/webhooks#verify-manually).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/secret.hpp"

namespace quittance::stripe {

enum class SignatureProblem {
    kNone,
    kNoSecret,  // no secret is configured, so nothing can be accepted
    kMissingHeader,
    kBadHeader,        // the last t is not 1 to 12 digits, there is none, or the header is longer than 4 KiB
    kNoSignatures,     // no v1
    kNoMatch,          // no v1 matches any secret
    kTimestampTooOld,  // older than the tolerance
    kTimestampInFuture,
    kBadPayload,  // an empty body
};

// A word for metrics and problem bodies: "no_match".
std::string_view name_of(SignatureProblem problem);

constexpr std::int64_t kSignatureToleranceSeconds = 300;

// The part of the check that needs no body, for a server that has not read it yet: with any other answer than kNone no
// body would be accepted. Arguments as for verify_signature.
SignatureProblem check_signature_header(std::string_view header, std::span<const base::Secret> secrets,
                                        std::int64_t now, std::int64_t tolerance_seconds = kSignatureToleranceSeconds);

struct SignatureCheck {
    SignatureProblem problem = SignatureProblem::kNone;
    std::size_t secret_index = 0;  // the secret that matched; 0 if none did
};

// Checks a webhook. `header`: the field's value; `body`: the raw bytes as received; `now`: Unix seconds. Every v1 is
// compared with every secret's signature in constant time. A tolerance of 0 turns the time check off (only for tests
// with recorded signatures).
SignatureCheck verify_signature(std::string_view header, std::string_view body, std::span<const base::Secret> secrets,
                                std::int64_t now, std::int64_t tolerance_seconds = kSignatureToleranceSeconds);

// The value of a Stripe-Signature header with one v1 per secret, as Stripe sends while a secret is rolled.
std::string sign(std::string_view body, std::span<const base::Secret> secrets, std::int64_t timestamp);

}  // namespace quittance::stripe
