// Finds accounts by key, id and mode. An account in a mode is made when it is first used.
#include "stripe_emulator/model/accounts.hpp"

#include <utility>

namespace quittance::stripe_emulator {
namespace {

// No two accounts or modes give the same ids. A seed of 0 is random anyway.
std::uint64_t seed_for(std::uint64_t seed, std::string_view id, bool livemode) {
    if (seed == 0) return 0;
    constexpr std::uint64_t kPrime = 1'099'511'628'211ULL;  // FNV-1a
    std::uint64_t hash = seed ^ (livemode ? 1ULL : 2ULL);
    for (const char c : id) hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
    return hash == 0 ? 1 : hash;
}

}  // namespace

Accounts::Accounts(AccountSettings first) : pattern_(first) {
    platforms_.emplace(first.id, "");
    all_.push_back(std::make_unique<Account>(std::move(first)));
}

void Accounts::give_key(std::string key, std::string id) {
    owners_.insert_or_assign(std::move(key), std::move(id));
}

void Accounts::add(const std::string& id, const std::string& platform) {
    if (!platform.empty() && !knows(platform)) platforms_.emplace(platform, "");
    if (!platforms_.emplace(id, platform).second) return;
    in_mode(id, pattern_.livemode);
}

Account* Accounts::find(std::string_view id, bool livemode) const {
    for (const auto& account : all_) {
        if (account->settings.id == id && account->settings.livemode == livemode) return account.get();
    }
    return nullptr;
}

Account& Accounts::in_mode(std::string_view id, bool livemode) {
    if (auto* present = find(id, livemode)) return *present;
    auto settings = pattern_;
    settings.id = id;
    settings.livemode = livemode;
    settings.seed = seed_for(pattern_.seed, id, livemode);
    const auto platform = platforms_.find(id);
    Account* above =
        platform == platforms_.end() || platform->second.empty() ? nullptr : &in_mode(platform->second, livemode);
    auto& made = *all_.emplace_back(std::make_unique<Account>(std::move(settings)));
    made.webhook_fate = webhook_fate_;
    made.event_goes_missing = event_goes_missing_;
    made.platform = above;
    if (above != nullptr) above->connected.push_back(&made);
    return made;
}

Account& Accounts::of_key(std::string_view key) {
    const auto owner = owners_.find(key);
    const std::string_view id = owner == owners_.end() ? std::string_view(pattern_.id) : owner->second;
    const auto names = [&](std::string_view mode) { return key.find(mode) != std::string_view::npos; };
    if (names("_live_")) return in_mode(id, true);
    if (names("_test_")) return in_mode(id, false);
    return in_mode(id, pattern_.livemode);
}

Account* Accounts::reachable(Account& own, std::string_view id) {
    if (id == own.settings.id) return &own;
    const auto platform = platforms_.find(id);
    if (platform == platforms_.end() || platform->second != own.settings.id) return nullptr;
    return &in_mode(id, own.settings.livemode);
}

void Accounts::set_fates(std::function<WebhookFate(const std::string&, const std::string&)> webhook_fate,
                         std::function<bool(const std::string&)> event_goes_missing) {
    webhook_fate_ = std::move(webhook_fate);
    event_goes_missing_ = std::move(event_goes_missing);
    for (const auto& account : all_) {
        account->webhook_fate = webhook_fate_;
        account->event_goes_missing = event_goes_missing_;
    }
}

}  // namespace quittance::stripe_emulator
