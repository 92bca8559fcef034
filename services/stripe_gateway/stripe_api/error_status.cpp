#include "stripe_gateway/stripe_api/error_status.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace quittance::stripe_gateway {

namespace {

using grpc::StatusCode;

// How long a caller should wait if neither Stripe nor we know the time.
constexpr std::int64_t kRetryAfterMs = 1'000;

constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kFields{{
    {"customer", "customer"},
    {"default_payment_method", "paymentMethod"},
    {"payment_method", "paymentMethod"},
    {"currency", "currency"},
    {"description", "description"},
    {"footer", "footer"},
    {"metadata", "metadata"},
    {"lines", "items"},
}};

grpc::Status with_stripe(StatusCode code, std::string_view message, std::string_view reason,
                         const v1::StripeError& error, std::int64_t retry_after_ms = 0) {
    v1::ErrorDetail detail;
    detail.set_reason(std::string(reason));
    *detail.mutable_stripe() = error;
    detail.set_retry_after_ms(retry_after_ms);
    return rpc::make_status(code, message, detail);
}

grpc::Status with_retry_after(StatusCode code, std::string_view message, std::string_view reason,
                              std::int64_t retry_after_ms = kRetryAfterMs) {
    v1::ErrorDetail detail;
    detail.set_reason(std::string(reason));
    detail.set_retry_after_ms(retry_after_ms);
    return rpc::make_status(code, message, detail);
}

std::string_view sentence_for(const v1::StripeError& error) {
    if (error.code() == "resource_missing") return "does not exist at Stripe";
    if (error.code() == "amount_too_small") return "is below Stripe's minimum";
    if (error.code() == "amount_too_large") return "is above Stripe's maximum";
    return "was refused by Stripe";
}

// Stripe bills a customer in one currency at a time, and its refusal has neither code nor parameter. Stripe may change
// the wording: then the caller still gets the message, without the field's name.
bool is_about_currencies(const v1::StripeError& error) {
    return error.param().empty() && error.message().find("combine currencies") != std::string::npos;
}

grpc::Status other_currency(const v1::StripeError& error) {
    v1::ErrorDetail detail;
    detail.set_reason("stripe_refused");
    *detail.mutable_stripe() = error;
    auto* violation = detail.add_fields();
    violation->set_field("currency");
    violation->set_message("is not the one in which this customer is billed");
    return rpc::make_status(StatusCode::INVALID_ARGUMENT, "Stripe refused a parameter", detail);
}

grpc::Status bad_parameter(const v1::StripeError& error, int first_item) {
    if (is_about_currencies(error)) return other_currency(error);
    // Without a parameter, the form of the request is right and its effect is refused.
    if (error.param().empty())
        return with_stripe(StatusCode::FAILED_PRECONDITION, "Stripe refused the request", "stripe_refused", error);
    v1::ErrorDetail detail;
    detail.set_reason("stripe_refused");
    *detail.mutable_stripe() = error;
    const auto field = field_of(error.param(), first_item);
    if (!field.empty()) {
        auto* violation = detail.add_fields();
        violation->set_field(field);
        violation->set_message(std::string(sentence_for(error)));
    }
    return rpc::make_status(StatusCode::INVALID_ARGUMENT, "Stripe refused a parameter", detail);
}

// Stripe's message about our API key shows parts of it, and one about an idempotency key shows our own key for the
// step. Neither is the caller's.
v1::StripeError without_message(v1::StripeError error) {
    error.clear_message();
    return error;
}

grpc::Status status_without_answer(const NoAnswer& none) {
    if (none.cancelled) return rpc::make_status(StatusCode::CANCELLED, "the caller cancelled", "cancelled");
    if (none.too_large)
        return rpc::make_status(StatusCode::INTERNAL, "Stripe's answer is too large", "stripe_unreadable");
    if (none.circuit_open)
        return with_retry_after(StatusCode::UNAVAILABLE, "Stripe is failing, and calls to it are paused",
                                "stripe_circuit_open", none.circuit_open->count());
    if (none.other_account)
        return rpc::make_status(StatusCode::INTERNAL, "the gateway's API key is of another Stripe account",
                                "stripe_account_mismatch");
    if (none.account_pending)
        return with_retry_after(StatusCode::UNAVAILABLE, "the gateway does not know yet whose API key it has",
                                "stripe_account_unverified");
    if (none.throttled)
        return with_retry_after(StatusCode::UNAVAILABLE, "too many calls to Stripe are waiting", "stripe_rate_limited");
    if (none.timed_out)
        return with_retry_after(StatusCode::DEADLINE_EXCEEDED, "Stripe did not answer in time", "stripe_timeout");
    return with_retry_after(StatusCode::UNAVAILABLE, "Stripe cannot be reached", "stripe_unreachable");
}

}  // namespace

std::string field_of(std::string_view param, int first_item) {
    for (const auto& [theirs, ours] : kFields)
        if (param == theirs) return std::string(ours);
    constexpr std::string_view kMetadata = "metadata[";
    if (param.starts_with(kMetadata) && param.ends_with(']'))
        return "metadata." + std::string(param.substr(kMetadata.size(), param.size() - kMetadata.size() - 1));
    constexpr std::string_view kLines = "lines[";
    if (!param.starts_with(kLines)) return {};
    auto rest = param.substr(kLines.size());
    int index = 0;
    const auto [end, problem] = std::from_chars(rest.data(), rest.data() + rest.size(), index);
    if (problem != std::errc()) return "items";
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    const auto item = "items[" + std::to_string(first_item + index) + "]";
    if (rest == "][amount]") return item + ".amount";
    if (rest == "][description]") return item + ".name";
    return item;
}

grpc::Status status_of_refusal(const v1::StripeError& error, int first_item) {
    if (error.type() == "idempotency_error" && error.http_status() == 400)
        return with_stripe(StatusCode::ALREADY_EXISTS, "the idempotency key was used with another request",
                           "idempotency_key_reused", without_message(error));
    switch (error.http_status()) {
        case 400:
            return bad_parameter(error, first_item);
        case 401:
            return with_stripe(StatusCode::INTERNAL, "Stripe refuses the gateway's credentials", "stripe_credentials",
                               without_message(error));
        case 402:
            return with_stripe(StatusCode::FAILED_PRECONDITION, "the payment failed", "payment_failed", error);
        case 403:
            return with_stripe(StatusCode::INTERNAL, "the gateway's API key lacks a permission at Stripe",
                               "stripe_permission", without_message(error));
        case 404:
            return with_stripe(StatusCode::NOT_FOUND, "the invoice does not exist at Stripe", "invoice_not_found",
                               error);
        case 409:
            return with_stripe(StatusCode::ABORTED, "a request with the same key is still running",
                               "request_in_progress", without_message(error), kRetryAfterMs);
        default:
            return with_stripe(StatusCode::FAILED_PRECONDITION, "Stripe refused the request", "stripe_refused", error);
    }
}

grpc::Status status_of(const CallResult& result, int first_item) {
    const auto* answer = result.answer();
    if (!answer) return status_without_answer(std::get<NoAnswer>(result.outcome));
    const auto wait = answer->retry_after ? answer->retry_after->count() : kRetryAfterMs;
    if (answer->status == 429)
        return with_stripe(StatusCode::UNAVAILABLE, "Stripe limits the rate of our calls", "stripe_rate_limited",
                           answer->error, wait);
    if (answer->status >= 500 || answer->status == 424)
        return with_stripe(StatusCode::UNKNOWN, "Stripe failed", "stripe_failed", answer->error, wait);
    return status_of_refusal(answer->error, first_item);
}

grpc::Status wrong_state(std::string_view present_status, const v1::StripeError* error) {
    v1::ErrorDetail detail;
    detail.set_reason("invoice_state");
    detail.set_present_status(std::string(present_status));
    if (error) *detail.mutable_stripe() = *error;
    const auto message = "the invoice is " + std::string(present_status);
    return rpc::make_status(StatusCode::FAILED_PRECONDITION, message, detail);
}

}  // namespace quittance::stripe_gateway
