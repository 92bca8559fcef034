#include "edge/responses/problem_of_status.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "http/server/problem.hpp"
#include "rpc/status.hpp"

namespace quittance::edge {
namespace {

struct Meaning {
    int status;
    const char* code;    // where the detail has no reason of its own
    const char* detail;  // instead of the service's message; null: that one is for callers
};

// Where it is Stripe that gives no answer, and not a service of ours: who reads that asks elsewhere.
struct StripeOutage {
    std::string_view reason;  // of the gateway's detail
    Meaning meaning;
};
constexpr std::array<StripeOutage, 4> kStripeOutages{{
    {"stripe_circuit_open",
     {503, "stripe_circuit_open",
      "Stripe has been failing, and is left alone for a moment; come back after Retry-After."}},
    {"stripe_unreachable", {503, "stripe_unreachable", "Stripe cannot be reached."}},
    {"stripe_rate_limited", {503, "stripe_rate_limited", "Stripe takes no more calls at the moment."}},
    {"stripe_timeout", {504, "stripe_timeout", "Stripe did not answer in time; whether it did its work is not known."}},
}};

const Meaning* stripe_outage_of(const v1::ErrorDetail& detail) {
    for (const auto& silence : kStripeOutages)
        if (silence.reason == detail.reason()) return &silence.meaning;
    return nullptr;
}

Meaning meaning_of(const grpc::Status& status, const v1::ErrorDetail& detail) {
    switch (status.error_code()) {
        case grpc::StatusCode::INVALID_ARGUMENT:
        case grpc::StatusCode::OUT_OF_RANGE:
            return {400, "invalid_request", "The request is not valid."};
        case grpc::StatusCode::NOT_FOUND:
            return {404, "not_found", nullptr};
        case grpc::StatusCode::ALREADY_EXISTS:
            if (detail.reason() == "idempotency_key_reused") return {422, "idempotency_key_reused", nullptr};
            return {409, "already_exists", nullptr};
        case grpc::StatusCode::FAILED_PRECONDITION:
            if (detail.reason() == "generations_exhausted")
                return {409, "idempotency_key_exhausted",
                        "Too many requests with this Idempotency-Key have failed at Stripe; none of them was billed. "
                        "Use a new key."};
            return {409, "state_conflict", nullptr};
        case grpc::StatusCode::ABORTED:
            return {409, "in_progress", nullptr};
        case grpc::StatusCode::RESOURCE_EXHAUSTED:
            return {503, "overloaded", "Too many requests at once."};
        // Nobody here cancels a call: one that comes back cancelled met a service that was stopping.
        case grpc::StatusCode::CANCELLED:
        case grpc::StatusCode::UNAVAILABLE:
            if (const auto* told = stripe_outage_of(detail)) return *told;
            if (detail.reason() == "events_behind")
                return {
                    503, "events_behind",
                    "Stripe's events are still being caught up with, and the invoice of this Idempotency-Key may be "
                    "among them. Come back with the same key."};
            return {503, "unavailable", "A service behind this API is not available."};
        case grpc::StatusCode::DEADLINE_EXCEEDED:
            if (const auto* told = stripe_outage_of(detail)) return *told;
            return {504, "timeout", "The answer did not come in time."};
        case grpc::StatusCode::UNKNOWN:
            return {502, "stripe_failed", "Stripe failed; the outcome is not known."};
        default:
            break;
    }
    if (detail.reason().starts_with("stripe_")) return {502, "stripe_failed", "Stripe did not accept our credentials."};
    return {500, "internal", "An unexpected error; the request id leads to it in the log."};
}

boost::json::object stripe_part(const v1::StripeError& error) {
    boost::json::object part;
    part["type"] = error.type();
    part["code"] = error.code().empty() ? boost::json::value(nullptr) : boost::json::value(error.code());
    part["param"] = error.param().empty() ? boost::json::value(nullptr) : boost::json::value(error.param());
    part["requestId"] =
        error.request_id().empty() ? boost::json::value(nullptr) : boost::json::value(error.request_id());
    if (!error.decline_code().empty()) part["declineCode"] = error.decline_code();
    return part;
}

}  // namespace

http::Response problem_of(const grpc::Status& status, const std::string& request_id) {
    constexpr std::int64_t kMillisPerSecond = 1'000;
    constexpr std::int64_t kLongestRetryAfterSeconds = 3'600;
    const auto detail = rpc::detail_of(status);
    const auto meaning = meaning_of(status, detail);
    http::Problem problem;
    problem.status = meaning.status;
    problem.request_id = request_id;
    problem.code = meaning.code;
    problem.detail = meaning.detail != nullptr ? meaning.detail : status.error_message();
    for (const auto& field : detail.fields()) problem.errors.push_back({field.field(), field.message()});
    // Stripe's refusals keep Stripe's words; its failures, and refusals of our own credentials, are not the caller's.
    if (detail.has_stripe() && meaning.status < 500) {
        if (!detail.stripe().code().empty()) problem.code = detail.stripe().code();
        if (!detail.stripe().message().empty()) problem.detail = detail.stripe().message();
    }
    if (!detail.present_status().empty()) problem.extensions["invoiceStatus"] = detail.present_status();
    if (detail.has_stripe()) problem.extensions["stripe"] = stripe_part(detail.stripe());
    auto response = http::problem_response(problem);
    if (meaning.status == 503 || meaning.status == 429) {
        const auto wait_ms =
            std::clamp<std::int64_t>(detail.retry_after_ms(), 1, kLongestRetryAfterSeconds * kMillisPerSecond);
        const auto seconds = (wait_ms + kMillisPerSecond - 1) / kMillisPerSecond;
        response.headers.push_back({"Retry-After", std::to_string(seconds)});
    }
    return response;
}

}  // namespace quittance::edge
