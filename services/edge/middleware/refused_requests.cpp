#include "edge/middleware/refused_requests.hpp"

#include <array>

#include "edge/auth/bearer_token.hpp"

namespace quittance::edge {
namespace {

constexpr int kUnauthorised = 401;
constexpr std::array<std::string_view, 2> kAnyReasons{"rate_limited", "too_many_refusals"};
constexpr std::array<std::string_view, 3> kKeyReasons{"missing_api_key", "invalid_api_key", "insufficient_rights"};
constexpr std::array<std::string_view, 2> kScopeReasons{"insufficient_scope", "no_team"};

}  // namespace

void declare_refusals(http::Refusals& refusals) {
    for (const auto* surface : {"admin", "client", "billing"}) refusals.declare(surface, kAnyReasons);
    for (const auto* surface : {"admin", "billing"}) refusals.declare(surface, kKeyReasons);
    for (const auto* surface : {"client", "billing"}) refusals.declare(surface, kTokenReasons);
    refusals.declare("client", std::array<std::string_view, 1>{"other_team"});
    refusals.declare("billing", kScopeReasons);
}

http::Response note_refused(http::Refusals& refusals, const RefusedAt& at, const http::Request& request,
                            Refused refused) {
    if (refused.answer.status == kUnauthorised) {
        if (const auto wait = refusals.book(request)) {
            refused.reason = "too_many_refusals";
            refused.answer = http::too_many_refusals(request, *wait);
        }
    }
    refused.answer.caller = refused.who;
    refusals.note(request, {at.surface, refused.reason, at.route, std::move(refused.who)});
    return std::move(refused.answer);
}

}  // namespace quittance::edge
