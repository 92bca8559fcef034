// Builds Stripe's error objects. Their members are in alphabetical order, as Stripe sends them.
#include "stripe_emulator/model/refusal.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <stdexcept>

namespace quittance::stripe_emulator {
namespace json = boost::json;
namespace {

std::string doc_url(std::string_view code) {
    std::string url = "https://stripe.com/docs/error-codes/" + std::string(code);
    std::replace(url.begin(), url.end(), '_', '-');
    return url;
}

json::object error_object(std::string_view type, std::string_view message, std::string_view param,
                          std::string_view code) {
    json::object error;
    if (!code.empty()) {
        error["code"] = code;
        error["doc_url"] = doc_url(code);
    }
    error["message"] = message;
    if (!param.empty()) error["param"] = param;
    error["type"] = type;
    return error;
}

Refusal refusal(int status, std::string_view type, std::string_view message, std::string_view param = {},
                std::string_view code = {}) {
    return {status, error_object(type, message, param, code), true, std::nullopt, {}};
}

Refusal before_start(Refusal made) {
    made.began = false;
    return made;
}

std::string quoted(std::string_view text) {
    return "'" + std::string(text) + "'";
}

constexpr std::string_view kInvalidRequest = "invalid_request_error";

// As Stripe shows a key: its kind, stars, the last four letters.
std::string starred(std::string_view key) {
    constexpr std::size_t kShownHead = 8;
    constexpr std::size_t kShownTail = 4;
    std::string shown(key);
    const auto head = std::min(kShownHead, shown.size());
    const auto tail = shown.size() > kShownHead + kShownTail ? kShownTail : 0;
    std::fill(shown.begin() + static_cast<std::ptrdiff_t>(head), shown.end() - static_cast<std::ptrdiff_t>(tail), '*');
    return shown;
}

}  // namespace

void throw_exception_from_error(const Refusal& refusal, const boost::source_location&) {
    throw std::logic_error("an unchecked refusal: " + json::serialize(refusal.error));
}

Refusal invalid_request(std::string_view message, std::string_view param, std::string_view code) {
    return refusal(400, kInvalidRequest, message, param, code);
}

Refusal parameter_missing(std::string_view param) {
    return before_start(
        invalid_request("Missing required param: " + std::string(param) + ".", param, "parameter_missing"));
}

Refusal parameter_unknown(const std::vector<std::string>& params) {
    std::string names;
    for (const auto& param : params) names += (names.empty() ? "" : ", ") + param;
    return before_start(
        invalid_request("Received unknown parameter" + std::string(params.size() > 1 ? "s" : "") + ": " + names,
                        params.front(), "parameter_unknown"));
}

Refusal parameter_empty(std::string_view param) {
    const auto name = quoted(param);
    return before_start(invalid_request("You passed an empty string for " + name +
                                            ". We assume empty values are an attempt to unset a parameter; however " +
                                            name + " cannot be unset. You should remove " + name +
                                            " from your request or supply a non-empty value.",
                                        param, "parameter_invalid_empty"));
}

Refusal parameter_not_integer(std::string_view param, std::string_view value) {
    return before_start(invalid_request("Invalid integer: " + std::string(value), param, "parameter_invalid_integer"));
}

Refusal parameter_invalid(std::string_view param, std::string_view message, std::string_view code) {
    return before_start(invalid_request(message, param, code));
}

Refusal no_such_in_path(std::string_view kind, std::string_view id, std::string_view param) {
    return refusal(404, kInvalidRequest, "No such " + std::string(kind) + ": " + quoted(id), param, "resource_missing");
}

Refusal no_such_parameter(std::string_view kind, std::string_view id, std::string_view param) {
    return invalid_request("No such " + std::string(kind) + ": " + quoted(id), param, "resource_missing");
}

Refusal not_editable() {
    return invalid_request("Invalid invoice: This invoice is no longer editable", {}, "invoice_not_editable");
}

Refusal card_error(std::string_view code, std::string_view decline_code, std::string_view message,
                   std::string_view charge) {
    json::object error;
    if (!charge.empty()) error["charge"] = charge;
    error["code"] = code;
    if (!decline_code.empty()) error["decline_code"] = decline_code;
    error["doc_url"] = doc_url(code);
    error["message"] = message;
    error["type"] = "card_error";
    return {402, std::move(error), true, false, {}};
}

Refusal no_api_key() {
    auto made = before_start(refusal(401, kInvalidRequest,
                                     "You did not provide an API key. You need to provide your API key in the "
                                     "Authorization header, using Bearer auth "
                                     "(e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See "
                                     "https://stripe.com/docs/api#authentication for details, or we "
                                     "can help at https://support.stripe.com/."));
    made.headers.emplace_back("WWW-Authenticate", "Basic realm=\"Stripe\"");
    return made;
}

Refusal bad_api_key(std::string_view key) {
    return before_start(refusal(401, kInvalidRequest, "Invalid API Key provided: " + starred(key)));
}

Refusal permission_missing(std::string_view key, std::string_view account, std::string_view permission) {
    return before_start(refusal(403, kInvalidRequest,
                                "The provided key " + quoted(starred(key)) +
                                    " does not have the required permissions for this endpoint on account " +
                                    quoted(account) + ". Having the " + quoted(permission) +
                                    " permission would allow this request to continue.",
                                {}, "more_permissions_required"));
}

Refusal foreign_account(std::string_view key, std::string_view account) {
    return before_start(refusal(403, kInvalidRequest,
                                "The provided key '" + std::string(key.substr(0, 8)) +
                                    "***' does not have access to account " + quoted(account) +
                                    " (or that account does not exist). Application access may have been revoked.",
                                {}, "account_invalid"));
}

Refusal unrecognized_url(std::string_view method, std::string_view path) {
    return before_start(
        refusal(404, kInvalidRequest,
                "Unrecognized request URL (" + std::string(method) + ": " + std::string(path) +
                    "). Please see https://stripe.com/docs or we can help at https://support.stripe.com/."));
}

Refusal idempotency_mismatch(std::string_view key) {
    return before_start(
        refusal(400, "idempotency_error",
                "Keys for idempotent requests can only be used with the same parameters they were first used "
                "with. Try using a key other than " +
                    quoted(key) + " if you meant to execute a different request."));
}

Refusal idempotency_in_use(std::string_view key) {
    auto made =
        before_start(refusal(409, "idempotency_error",
                             "There is currently another in-progress request using this Idempotent Key (that probably "
                             "means you submitted twice, and the other request is still going through): " +
                                 std::string(key) + ". Please try again later.",
                             {}, "idempotency_key_in_use"));
    made.should_retry = true;
    return made;
}

Refusal rate_limited(std::string_view reason) {
    auto made = before_start(refusal(429, kInvalidRequest,
                                     "Request rate limit exceeded. You can learn more about rate limits here "
                                     "https://stripe.com/docs/rate-limits.",
                                     {}, "rate_limit"));
    made.headers.emplace_back("Stripe-Rate-Limited-Reason", reason);
    return made;
}

Refusal lock_timeout() {
    auto made = before_start(refusal(
        429, kInvalidRequest,
        "This object cannot be accessed right now because another API request or Stripe process is currently accessing "
        "it. If you see this error intermittently, retry the request. If you see this error frequently and are making "
        "multiple concurrent requests to a single object, make your requests serially or at a lower rate. For more "
        "details, see https://stripe.com/docs/rate-limits#object-lock-timeouts.",
        {}, "lock_timeout"));
    made.should_retry = true;
    return made;
}

Refusal server_error() {
    auto made = refusal(500, "api_error", "An unknown error occurred");
    made.should_retry = false;
    return made;
}

}  // namespace quittance::stripe_emulator
