// What invoices and discounts are made of at Stripe: products, prices, plans, coupons, promotion codes, tax rates. The
// emulator keeps them and emits their events. Of all of them only prices change an invoice's amounts.
#pragma once

#include "stripe_emulator/model/account.hpp"
#include "stripe_emulator/model/call.hpp"
#include "stripe_emulator/model/refusal.hpp"

namespace quittance::stripe_emulator {

// catalogue_calls.cpp
Result<json::object> create_product(Account& account, const Call& call);
Result<json::object> update_product(Account& account, const Call& call);
Result<json::object> delete_product(Account& account, const Call& call);
Result<json::object> create_plan(Account& account, const Call& call);
Result<json::object> update_plan(Account& account, const Call& call);
Result<json::object> delete_plan(Account& account, const Call& call);
Result<json::object> create_coupon(Account& account, const Call& call);
Result<json::object> update_coupon(Account& account, const Call& call);
Result<json::object> delete_coupon(Account& account, const Call& call);
Result<json::object> create_promotion_code(Account& account, const Call& call);
Result<json::object> update_promotion_code(Account& account, const Call& call);
Result<json::object> create_tax_rate(Account& account, const Call& call);
Result<json::object> update_tax_rate(Account& account, const Call& call);
// Any object of the catalogue but prices.
Result<json::object> get_catalogue_entry(Account& account, const Call& call);

// prices.cpp
Result<json::object> create_price(Account& account, const Call& call);
Result<json::object> get_price(Account& account, const Call& call);
Result<json::object> update_price(Account& account, const Call& call);

// entries.cpp
// A new object of that kind, filled from the parameters over `defaults`; without events.
CatalogueEntry make_entry(Account& account, const Call& call, std::string_view kind, std::string_view prefix,
                          json::object defaults);
// The product that the parameters name or describe ("product", "product_data"), in a new entry where they describe it.
Result<std::string> product_of(Account& account, const Call& call);

}  // namespace quittance::stripe_emulator
