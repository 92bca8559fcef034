// The call that reads prices.
#include "stripe_emulator/operations/operations.hpp"
#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {

Result<json::object> get_price(Account& account, const Call& call) {
    const auto* price = account.prices.find(call.path[0]);
    if (price == nullptr) return no_such_in_path("price", call.path[0], "price");
    return render(account, *price);
}

}  // namespace quittance::stripe_emulator
