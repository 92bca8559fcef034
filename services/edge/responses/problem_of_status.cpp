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
    const char* code;
    const char* detail;  // null: the service's own message, which is written for callers
};

// Stripe gives no answer. The code tells it from a failure of our own services, because other people can help.
struct StripeOutage {
    std::string_view reason;  // of the gateway's detail
    Meaning meaning;
};
constexpr std::array<StripeOutage, 4> kStripeOutages{{
    {"stripe_circuit_open",
     {503, "stripe_circuit_open", "Stripe is failing. Requests are paused; retry after the time in Retry-After."}},
    {"stripe_unreachable", {503, "stripe_unreachable", "Stripe cannot be reached."}},
    {"stripe_rate_limited",
     {503, "stripe_rate_limited", "Stripe limits our requests; retry after the time in Retry-After."}},
    {"stripe_timeout", {504, "stripe_timeout", "Stripe did not answer in time. The outcome is not known."}},
}};

const Meaning* stripe_outage_of(const v1::ErrorDetail& detail) {
    for (const auto& outage : kStripeOutages)
        if (outage.reason == detail.reason()) return &outage.meaning;
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
                        "Too many requests with this Idempotency-Key failed at Stripe. Nothing was billed. "
                        "Use a new key."};
            return {409, "state_conflict", nullptr};
        case grpc::StatusCode::ABORTED:
            return {409, "in_progress", nullptr};
        case grpc::StatusCode::RESOURCE_EXHAUSTED:
            return {503, "overloaded", "Too many requests at once; retry after the time in Retry-After."};
        // The edge cancels no call. A cancelled one met a service that was stopping.
        case grpc::StatusCode::CANCELLED:
        case grpc::StatusCode::UNAVAILABLE:
            if (const auto* outage = stripe_outage_of(detail)) return *outage;
            if (detail.reason() == "events_behind")
                return {
                    503, "events_behind",
                    "The store is still catching up with Stripe's events. The invoice of this Idempotency-Key may be "
                    "among them. Retry with the same key."};
            return {503, "unavailable", "A service behind this API is not available."};
        case grpc::StatusCode::DEADLINE_EXCEEDED:
            if (const auto* outage = stripe_outage_of(detail)) return *outage;
            return {504, "timeout", "A service behind this API did not answer in time."};
        case grpc::StatusCode::UNKNOWN:
            return {502, "stripe_failed", "Stripe failed. The outcome is not known."};
        default:
            break;
    }
    if (detail.reason().starts_with("stripe_")) return {502, "stripe_failed", "Stripe refused our credentials."};
    return {500, "internal", "An unexpected error. Its log lines carry the request id."};
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

http::Response problem_of(const grpc::Status& status, const std::string& request_id, const std::string& trace_id) {
    constexpr std::int64_t kMillisPerSecond = 1'000;
    constexpr std::int64_t kLongestRetryAfterSeconds = 3'600;
    const auto detail = rpc::detail_of(status);
    const auto meaning = meaning_of(status, detail);
    http::Problem problem;
    problem.status = meaning.status;
    problem.request_id = request_id;
    problem.trace_id = trace_id;
    problem.code = meaning.code;
    problem.detail = meaning.detail != nullptr ? meaning.detail : status.error_message();
    for (const auto& field : detail.fields()) problem.errors.push_back({field.field(), field.message()});
    // A refusal by Stripe keeps Stripe's words. Stripe's failures and refusals of our credentials say nothing to
    // callers.
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
