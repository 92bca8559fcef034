#include "stripe/accounts.hpp"

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <set>
#include <utility>

namespace quittance::stripe {
namespace {

namespace json = boost::json;

constexpr std::size_t kLongestLabel = 64;
constexpr std::size_t kMostAccounts = 64;
constexpr std::size_t kMostConnected = 256;
constexpr std::array<std::string_view, 6> kMembers{"label",    "api_key", "webhook_secrets",
                                                   "livemode", "account", "connected"};
constexpr std::array<std::string_view, 2> kConnectedMembers{"label", "account"};

bool is_label(std::string_view text) {
    return !text.empty() && text.size() <= kLongestLabel && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
               c == '.';
    });
}

std::optional<bool> mode_of_key(const base::Secret& secret) {
    const std::string_view key = secret.reveal();
    if (key.starts_with("sk_test_") || key.starts_with("rk_test_")) return false;
    if (key.starts_with("sk_live_") || key.starts_with("rk_live_")) return true;
    return std::nullopt;
}

// "acct_…", as it goes into a header.
bool is_account_id(std::string_view text) {
    constexpr std::string_view kPrefix = "acct_";
    return text.size() > kPrefix.size() && text.starts_with(kPrefix) && is_label(text);
}

template <std::size_t N>
bool has_only(const json::object& object, const std::array<std::string_view, N>& members) {
    return std::all_of(object.begin(), object.end(), [&](const auto& member) {
        return std::find(members.begin(), members.end(), member.key()) != members.end();
    });
}

std::string_view text_of(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    if (value == nullptr || !value->is_string()) return {};
    return {value->get_string().data(), value->get_string().size()};
}

// A key or secret goes into a header or an HMAC: visible ASCII. Neither is ever quoted.
bool is_secret(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

// "STRIPE_ACCOUNTS: entry 2 (\"eu\") has …".
ReadError wrong(std::size_t index, std::string_view label, std::string_view what) {
    auto sentence = "STRIPE_ACCOUNTS: entry " + std::to_string(index + 1);
    if (is_label(label)) sentence += " (\"" + std::string(label) + "\")";
    return ReadError{sentence + " " + std::string(what)};
}

// Empty for a valid entry; else the fault, as the end of a sentence that starts with the entry's name.
std::string read_secrets(const json::object& entry, std::vector<base::Secret>& secrets) {
    const auto* value = entry.if_contains("webhook_secrets");
    if (value == nullptr) return {};
    if (!value->is_array() || value->get_array().empty()) return "must have at least one text in webhook_secrets";
    for (const auto& secret : value->get_array()) {
        if (!secret.is_string() || !is_secret(secret.get_string()))
            return "has something in webhook_secrets that is no secret";
        secrets.emplace_back(std::string(secret.get_string()));
    }
    return {};
}

std::string read_key(const json::object& entry, base::Secret& key) {
    const auto* value = entry.if_contains("api_key");
    if (value == nullptr) return {};
    if (!value->is_string() || !is_secret(value->get_string())) return "has an api_key that is no key";
    key = std::string(value->get_string());
    return {};
}

std::string read_mode(const json::object& entry, Account& account) {
    account.livemode = mode_of_key(account.api_key);
    const auto* value = entry.if_contains("livemode");
    if (value == nullptr) return account.livemode ? "" : "must have livemode: no key tells it";
    if (!value->is_bool()) return "has a livemode that is neither true nor false";
    if (account.livemode && *account.livemode != value->get_bool())
        return "has a livemode that its api_key contradicts";
    account.livemode = value->get_bool();
    return {};
}

std::string read_account_id(const json::object& entry, Account& account) {
    if (!entry.contains("account")) return {};
    account.stripe_account_id = text_of(entry, "account");
    return is_account_id(account.stripe_account_id) ? "" : "has an account that is no id of Stripe's: acct_...";
}

std::string read_connected(const json::object& entry, Account& account) {
    const auto* value = entry.if_contains("connected");
    if (value == nullptr) return {};
    if (!value->is_array() || value->get_array().size() > kMostConnected)
        return "must have at most " + std::to_string(kMostConnected) + " accounts in connected";
    for (const auto& element : value->get_array()) {
        const auto* object = element.if_object();
        if (object == nullptr || !has_only(*object, kConnectedMembers))
            return "must have objects of label and account in connected";
        ConnectedAccount connected{std::string(text_of(*object, "label")), std::string(text_of(*object, "account"))};
        if (!is_label(connected.label))
            return "must have a label of 1 to 64 letters, digits, '-', '_' and '.' for each account in connected";
        if (!is_account_id(connected.stripe_account_id))
            return "must have an id of Stripe's (acct_...) for each account in connected";
        account.connected.push_back(std::move(connected));
    }
    return {};
}

std::string read_entry(const json::object& entry, AccountUse use, Account& account) {
    if (!has_only(entry, kMembers))
        return "has a member that no account has; those are label, api_key, webhook_secrets, livemode, account and "
               "connected";
    if (!is_label(account.label)) return "must have a label of 1 to 64 letters, digits, '-', '_' and '.'";
    auto problem = read_key(entry, account.api_key);
    if (problem.empty()) problem = read_secrets(entry, account.webhook_secrets);
    if (problem.empty()) problem = read_mode(entry, account);
    if (problem.empty()) problem = read_account_id(entry, account);
    if (problem.empty()) problem = read_connected(entry, account);
    if (!problem.empty()) return problem;
    if (use == AccountUse::kApi && account.api_key.empty()) return "must have an api_key";
    if (use == AccountUse::kWebhooks && account.webhook_secrets.empty()) return "must have webhook_secrets";
    return {};
}

bool share_a_secret(const Account& one, const Account& other) {
    if (!one.api_key.empty() && one.api_key == other.api_key) return true;
    return std::any_of(one.webhook_secrets.begin(), one.webhook_secrets.end(), [&](const base::Secret& secret) {
        return std::find(other.webhook_secrets.begin(), other.webhook_secrets.end(), secret) !=
               other.webhook_secrets.end();
    });
}

// What must be there once only, over all entries.
class Seen {
  public:
    // Empty if neither the entry nor its connected accounts repeat anything; else the fault.
    std::string add(const Account& account) {
        auto problem = add(account.label, account.stripe_account_id, account.livemode == true);
        for (const auto& connected : account.connected)
            if (problem.empty()) problem = add(connected.label, connected.stripe_account_id, account.livemode == true);
        return problem;
    }

  private:
    std::string add(const std::string& label, const std::string& id, bool livemode) {
        if (!labels_.insert(label).second) return "has the label of another";
        if (!id.empty() && !ids_.emplace(id, livemode).second) return "has the Stripe account of another";
        return {};
    }

    std::set<std::string> labels_;
    std::set<std::pair<std::string, bool>> ids_;
};

ReadResult<std::vector<Account>> read_list(std::string_view text, AccountUse use) {
    boost::system::error_code failure;
    const auto value = json::parse(text, failure);
    if (failure || !value.is_array()) return ReadError{"STRIPE_ACCOUNTS must be a JSON array of accounts"};
    const auto& entries = value.get_array();
    if (entries.empty() || entries.size() > kMostAccounts)
        return ReadError{"STRIPE_ACCOUNTS must hold 1 to " + std::to_string(kMostAccounts) + " accounts"};
    std::vector<Account> accounts;
    Seen seen;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const auto* entry = entries[i].if_object();
        if (entry == nullptr) return wrong(i, {}, "is no object");
        Account account;
        account.label = text_of(*entry, "label");
        auto problem = read_entry(*entry, use, account);
        if (problem.empty()) problem = seen.add(account);
        if (!problem.empty()) return wrong(i, account.label, problem);
        for (const auto& earlier : accounts)
            if (share_a_secret(earlier, account)) return wrong(i, account.label, "has a key or secret of another");
        accounts.push_back(std::move(account));
    }
    return accounts;
}

// STRIPE_LIVEMODE into the account. Empty if that is right; else a sentence.
std::string read_single_mode(const AccountSettings& settings, AccountUse use, Account& account) {
    if (settings.livemode.empty()) {
        if (use == AccountUse::kWebhooks && !account.webhook_secrets.empty() && !account.livemode)
            return "STRIPE_LIVEMODE is not set: STRIPE_WEBHOOK_SECRETS needs it to be true for secrets of live mode, "
                   "false for those of test mode or a sandbox";
        return {};
    }
    if (settings.livemode != "true" && settings.livemode != "false") return "STRIPE_LIVEMODE must be true or false";
    const bool livemode = settings.livemode == "true";
    if (account.livemode && *account.livemode != livemode)
        return "STRIPE_LIVEMODE contradicts the prefix of STRIPE_API_KEY";
    account.livemode = livemode;
    return {};
}

}  // namespace

ReadResult<std::vector<Account>> read_accounts(const AccountSettings& settings, AccountUse use) {
    if (!settings.accounts.empty()) {
        if (!settings.api_key.empty() || !settings.webhook_secrets.empty() || !settings.label.empty() ||
            !settings.livemode.empty())
            return ReadError{
                "STRIPE_ACCOUNTS excludes STRIPE_API_KEY, STRIPE_WEBHOOK_SECRETS, STRIPE_LIVEMODE and "
                "STRIPE_ACCOUNT_LABEL"};
        return read_list(settings.accounts.reveal(), use);
    }
    Account account{settings.label, settings.api_key, settings.webhook_secrets, mode_of_key(settings.api_key), {}, {}};
    if (account.label.empty()) account.label = kDefaultAccount;
    if (!is_label(account.label))
        return ReadError{"STRIPE_ACCOUNT_LABEL must be 1 to 64 letters, digits, '-', '_' and '.'"};
    if (use == AccountUse::kApi && account.api_key.empty())
        return ReadError{"STRIPE_API_KEY is not set, and STRIPE_ACCOUNTS neither: one of them must be given"};
    if (!account.api_key.empty() && !is_secret(account.api_key.reveal())) return ReadError{"STRIPE_API_KEY is no key"};
    const auto problem = read_single_mode(settings, use, account);
    if (!problem.empty()) return ReadError{problem};
    std::vector<Account> accounts;
    accounts.push_back(std::move(account));
    return accounts;
}

bool same_but_for_secrets(const std::vector<Account>& left, const std::vector<Account>& right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](const Account& one, const Account& other) {
                          return one.label == other.label && one.livemode == other.livemode &&
                                 one.stripe_account_id == other.stripe_account_id && one.connected == other.connected;
                      });
}

}  // namespace quittance::stripe
