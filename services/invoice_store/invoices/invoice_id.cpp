#include "invoice_store/invoices/invoice_id.hpp"

#include <algorithm>

#include "base/digest.hpp"
#include "base/text.hpp"

namespace quittance::invoice_store {

std::string id_prefix(std::int64_t create_seconds) {
    std::string prefix(8, '0');
    auto rest = static_cast<std::uint64_t>(std::clamp<std::int64_t>(create_seconds, 0, kLastCreateSecond));
    for (std::size_t i = prefix.size(); i-- > 0; rest /= 16) prefix[i] = "0123456789abcdef"[rest % 16];
    return prefix;
}

std::string invoice_id(std::string_view account, bool livemode, std::string_view stripe_invoice_id,
                       std::int64_t create_seconds) {
    std::string identity(account);
    identity.append(livemode ? "|live|" : "|test|").append(stripe_invoice_id);
    return id_prefix(create_seconds) + base::to_hex(base::sha256(identity).substr(0, 8));
}

}  // namespace quittance::invoice_store
