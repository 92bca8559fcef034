// Names the permission that a call needs, and checks it against the key's permissions.
#include "stripe_emulator/http/permissions.hpp"

#include <array>
#include <utility>

namespace quittance::stripe_emulator {

void Permissions::restrict(std::string key, std::set<std::string> granted) {
    granted_.insert_or_assign(std::move(key), std::move(granted));
}

bool Permissions::restricts(std::string_view key) const {
    return granted_.contains(key);
}

std::optional<std::string> Permissions::lacking(std::string_view key, std::string_view method,
                                                std::string_view pattern) const {
    const auto found = granted_.find(key);
    if (found == granted_.end()) return std::nullopt;
    const auto write = "rak_" + resource_of(pattern) + "_write";
    if (found->second.contains(write)) return std::nullopt;
    if (method != "GET") return write;
    auto read = "rak_" + resource_of(pattern) + "_read";
    if (found->second.contains(read)) return std::nullopt;
    return read;
}

std::string resource_of(std::string_view pattern) {
    // Those that are not the path's word in the singular.
    constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kOthers{{
        {"account", "accounts_kyc_basic"},
        {"accounts", "accounts_kyc_basic"},
        {"invoiceitems", "invoice"},
        {"invoice_payments", "invoice"},
        {"prices", "plan"},
        {"webhook_endpoints", "webhook"},
    }};
    constexpr std::string_view kVersion = "/v1/";
    constexpr std::string_view kCore = "/v2/core/";
    auto word = pattern.substr(pattern.starts_with(kCore) ? kCore.size() : kVersion.size());
    word = word.substr(0, word.find('/'));
    for (const auto& [path, resource] : kOthers)
        if (word == path) return std::string(resource);
    return std::string(word.substr(0, word.size() - 1));
}

}  // namespace quittance::stripe_emulator
