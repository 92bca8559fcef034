#include "edge/auth/verified_token_cache.hpp"

#include <utility>

#include "base/digest.hpp"

namespace quittance::edge {

boost::system::result<Claims, TokenProblem> VerifiedTokenCache::verify(std::string_view token, const KeySet& keys,
                                                                       std::int64_t now) {
    auto hash = base::sha256_hex(token);
    for (auto* tokens : {&recent_, &older_}) {
        const auto found = tokens->find(hash);
        if (found == tokens->end()) continue;
        if (!found->second.keys.is_copy_of(keys)) break;
        if (auto problem = verifier_.problem_of_time(found->second.claims, now)) return *problem;
        auto claims = found->second.claims;
        if (tokens == &older_) remember(std::move(hash), std::move(found->second));
        return claims;
    }
    auto claims = verifier_.verify(token, keys, now);
    if (claims) remember(std::move(hash), {*claims, keys});
    return claims;
}

void VerifiedTokenCache::remember(std::string hash, Verified verified) {
    if (recent_.size() >= most_ / 2) older_ = std::exchange(recent_, {});
    recent_.insert_or_assign(std::move(hash), std::move(verified));
}

}  // namespace quittance::edge
