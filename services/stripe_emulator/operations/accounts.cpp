// The calls that read accounts: the caller's own one, and those connected to it.
#include <algorithm>
#include <boost/json/array.hpp>

#include "stripe_emulator/operations/operations.hpp"
#include "stripe_emulator/operations/paging.hpp"
#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {

// With the header Stripe-Account `account` is the connected account, as at Stripe.
Result<json::object> get_own_account(Account& account, const Call&) {
    return render_account(account);
}

Result<json::object> get_account(Account& account, const Call& call) {
    const auto& id = call.path[0];
    if (id == account.settings.id) return render_account(account);
    const auto& connected = account.connected;
    const auto found =
        std::find_if(connected.begin(), connected.end(), [&](const Account* one) { return one->settings.id == id; });
    if (found == connected.end()) return foreign_account("", id);
    return render_account(**found);
}

Result<json::object> list_accounts(Account& account, const Call& call) {
    const auto paging = paging_of(call.parameters);
    if (!paging) return paging.error();
    json::array data;
    for (const auto* connected : account.connected) {
        if (data.size() == paging->limit) break;
        data.push_back(render_account(*connected));
    }
    const bool more = data.size() < account.connected.size();
    return render_list(std::move(data), more, "/v1/accounts");
}

}  // namespace quittance::stripe_emulator
