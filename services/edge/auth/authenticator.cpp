#include "edge/auth/authenticator.hpp"

#include <chrono>

#include "base/text.hpp"
#include "base/timestamps.hpp"
#include "edge/responses/problems.hpp"

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

std::optional<Refused> Authenticator::limit(const http::Request& request, const std::string& kind,
                                            const std::string& name) const {
    const auto wait = limits_.take(kind + ":" + name, CallerRateLimits::Clock::now());
    if (!wait) return std::nullopt;
    metrics_.counter("quittance_requests_rate_limited_total", "Requests answered with 429.").increment();
    return Refused{too_many_requests(request, limits_, *wait), "rate_limited", name};
}

std::variant<ApiKey, Refused> Authenticator::api_key(const http::Request& request) const {
    const auto given = http::count_headers(request.headers, "Api-Key");
    if (given == 1) {
        if (auto key = keys_.authenticate(request.header("Api-Key"))) {
            if (auto refused = limit(request, "key", key->name)) return std::move(*refused);
            return std::move(*key);
        }
    }
    Refused refused;
    refused.reason = given == 0 ? "missing_api_key" : "invalid_api_key";
    refused.answer = refuse(request, 401, std::string(refused.reason),
                            given == 0 ? "The request needs an Api-Key header." : "The Api-Key is not valid.");
    refused.answer.headers.push_back({"WWW-Authenticate", "ApiKey header=\"Api-Key\""});
    return refused;
}

asio::awaitable<std::variant<Claims, Refused>> Authenticator::bearer(const http::Request& request) {
    const auto given = http::count_headers(request.headers, "Authorization");
    const auto token = given == 1 ? token_of(request.header("Authorization")) : std::string_view();
    if (token.empty()) {
        Refused refused;
        refused.reason = "missing_token";
        refused.answer = refuse(request, 401, "missing_token", "The request needs an Authorization: Bearer header.");
        // RFC 6750, 3.1: no error code if the request has no token.
        refused.answer.headers.push_back({"WWW-Authenticate", "Bearer"});
        co_return refused;
    }
    if (jwks_ == nullptr) co_return refuse_token(request, "no_key_set");
    auto claims = tokens_.verify(token, jwks_->keys(), base::unix_now());
    if (claims.has_error() && claims.error().unknown_key) {
        co_await jwks_->refresh();
        claims = tokens_.verify(token, jwks_->keys(), base::unix_now());
    }
    if (claims.has_error()) co_return refuse_token(request, claims.error().reason);
    if (auto refused = limit(request, "subject", claims->subject)) co_return std::move(*refused);
    co_return std::move(*claims);
}

Refused Authenticator::refuse_token(const http::Request& request, std::string_view reason) {
    auto answer = refuse(
        request, 401, "invalid_token",
        reason == kTooManyTeams ? "The token names more than 100 teams." : "The token is not valid, or has expired.");
    answer.headers.push_back({"WWW-Authenticate", "Bearer error=\"invalid_token\""});
    return {std::move(answer), reason};
}

}  // namespace quittance::edge
