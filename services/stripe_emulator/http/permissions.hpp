// Permissions of restricted keys (rk_…), and the permission that each call needs. As in Stripe's Dashboard, a key's
// permissions can be changed at any time, and writing includes reading.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace quittance::stripe_emulator {

class Permissions {
  public:
    // From now on the key may do this and nothing else: "rak_invoice_write", "rak_customer_read".
    void restrict(std::string key, std::set<std::string> granted);
    // Whether restrict() was called for the key. Any other key may do everything.
    bool restricts(std::string_view key) const;
    // The permission that the key lacks for this call, or nothing. `pattern`: the route's,
    // "/v1/invoices/{invoice}/pay".
    std::optional<std::string> lacking(std::string_view key, std::string_view method, std::string_view pattern) const;

  private:
    std::map<std::string, std::set<std::string>, std::less<>> granted_;
};

// The resource of a pattern in the names of permissions: "invoice" for "/v1/invoices/{invoice}/pay".
std::string resource_of(std::string_view pattern);

}  // namespace quittance::stripe_emulator
