#include "edge/auth/authenticator.hpp"

#include <chrono>

#include "base/text.hpp"
#include "base/timestamps.hpp"
#include "edge/responses/problems.hpp"
#include "runtime/log.hpp"

namespace quittance::edge {
namespace {

namespace asio = boost::asio;

// The text after "Bearer ", in any case (RFC 9110, 11.1). Empty for another scheme.
std::string_view token_of(std::string_view authorization) {
    constexpr std::string_view kScheme = "Bearer ";
    if (!base::equal_ignoring_case(authorization.substr(0, kScheme.size()), kScheme)) return {};
    return authorization.substr(kScheme.size());
}

}  // namespace

Authenticator::Authenticator(ApiKeySource& keys, JwksSource* jwks, TokenRules rules, CallerRateLimits& limits,
                             runtime::Metrics& metrics)
    : keys_(keys), jwks_(jwks), tokens_(std::move(rules)), limits_(limits), metrics_(metrics) {}

std::optional<http::Response> Authenticator::limit(const http::Request& request, const std::string& caller) const {
    const auto wait = limits_.take(caller, CallerRateLimits::Clock::now());
    if (!wait) return std::nullopt;
    metrics_.counter("quittance_requests_rate_limited_total", "Requests answered with 429.").increment();
    return too_many_requests(request, limits_, *wait);
}

std::variant<ApiKey, http::Response> Authenticator::api_key(const http::Request& request) const {
    const auto given = http::count_headers(request.headers, "Api-Key");
    if (given == 1) {
        if (auto key = keys_.authenticate(request.header("Api-Key"))) {
            if (auto refusal = limit(request, "key:" + key->name)) return std::move(*refusal);
            return std::move(*key);
        }
    }
    auto refusal = given == 0 ? refuse(request, 401, "missing_api_key", "The request needs an Api-Key header.")
                              : refuse(request, 401, "invalid_api_key", "The Api-Key is not valid.");
    refusal.headers.push_back({"WWW-Authenticate", "ApiKey header=\"Api-Key\""});
    return refusal;
}

asio::awaitable<std::variant<Claims, http::Response>> Authenticator::bearer(const http::Request& request) {
    const auto given = http::count_headers(request.headers, "Authorization");
    const auto token = given == 1 ? token_of(request.header("Authorization")) : std::string_view();
    if (token.empty()) {
        auto refusal = refuse(request, 401, "missing_token", "The request needs an Authorization: Bearer header.");
        // RFC 6750, 3.1: no error code if the request has no token.
        refusal.headers.push_back({"WWW-Authenticate", "Bearer"});
        co_return refusal;
    }
    if (jwks_ == nullptr) co_return refuse_token(request, "no_key_set");
    auto claims = tokens_.verify(token, jwks_->keys(), base::unix_now());
    if (claims.has_error() && claims.error().unknown_key) {
        co_await jwks_->refresh();
        claims = tokens_.verify(token, jwks_->keys(), base::unix_now());
    }
    if (claims.has_error()) co_return refuse_token(request, claims.error().reason);
    if (auto refusal = limit(request, "subject:" + claims->subject)) co_return std::move(*refusal);
    co_return std::move(*claims);
}

http::Response Authenticator::refuse_token(const http::Request& request, std::string_view reason) const {
    metrics_
        .counter("quittance_tokens_refused_total", "Bearer tokens refused, by reason.",
                 {{"reason", std::string(reason)}})
        .increment();
    runtime::log_info("token refused", {{"request_id", request.request_id}, {"reason", reason}});
    auto refusal = refuse(
        request, 401, "invalid_token",
        reason == kTooManyTeams ? "The token names more than 100 teams." : "The token is not valid, or has expired.");
    refusal.headers.push_back({"WWW-Authenticate", "Bearer error=\"invalid_token\""});
    return refusal;
}

}  // namespace quittance::edge
