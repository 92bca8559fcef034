// The calls for prices: reusable ones, and those that were made for one item.
#include "stripe_emulator/billing/billing.hpp"
#include "stripe_emulator/billing/events.hpp"
#include "stripe_emulator/catalogue/catalogue.hpp"
#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {
namespace {

Result<Price*> price_in_path(Account& account, const Call& call) {
    auto* price = account.prices.find(call.path[0]);
    if (price == nullptr) return no_such_in_path("price", call.path[0], "price");
    return price;
}

void emit_price(Account& account, const Call& call, std::string_view type, const Price& price,
                const Snapshot* before = nullptr) {
    emit(
        account, call.cause, type, [&](Shape) { return render(account, price); }, before);
}

}  // namespace

Result<json::object> create_price(Account& account, const Call& call) {
    const auto& parameters = call.parameters;
    const auto currency = known_currency(text_of(parameters, "currency").value_or(""), "currency");
    if (!currency) return currency.error();
    auto unit = text_of(parameters, "unit_amount_decimal");
    if (const auto whole = integer_of(parameters, "unit_amount")) unit = std::to_string(*whole);
    if (!unit || !multiply_decimal(*unit, 1)) return parameter_missing("unit_amount");
    const auto product = product_of(account, call);
    if (!product) return product.error();
    Price price;
    price.id = account.ids.timed("price_", call.cause.now.unix_seconds);
    price.created = call.cause.now.unix_seconds;
    price.active = boolean_of(parameters, "active").value_or(true);
    price.product = *product;
    price.currency = *currency;
    price.unit_amount_decimal = *unit;
    if (unit->find('.') == std::string::npos) price.unit_amount = multiply_decimal(*unit, 1);
    set_text(parameters, "nickname", price.nickname);
    if (const auto* recurring = object_of(parameters, "recurring")) {
        price.recurring = json::object{{"interval", text_of(*recurring, "interval").value_or("month")},
                                       {"interval_count", integer_of(*recurring, "interval_count").value_or(1)},
                                       {"meter", nullptr},
                                       {"trial_period_days", nullptr},
                                       {"usage_type", "licensed"}};
    }
    if (auto applied = apply_metadata(parameters, "metadata", price.metadata); !applied) return applied.error();
    const auto& kept = account.prices.add(std::move(price));
    emit_price(account, call, "price.created", kept);
    return render(account, kept);
}

Result<json::object> get_price(Account& account, const Call& call) {
    const auto price = price_in_path(account, call);
    if (!price) return price.error();
    return render(account, **price);
}

Result<json::object> update_price(Account& account, const Call& call) {
    const auto price = price_in_path(account, call);
    if (!price) return price.error();
    auto changed = **price;
    set_text(call.parameters, "nickname", changed.nickname);
    changed.active = boolean_of(call.parameters, "active").value_or(changed.active);
    if (auto applied = apply_metadata(call.parameters, "metadata", changed.metadata); !applied) return applied.error();
    Snapshot before;
    for (const auto shape : shapes_in_use(account)) before.emplace(shape, render(account, **price));
    **price = std::move(changed);
    emit_price(account, call, "price.updated", **price, &before);
    return render(account, **price);
}

}  // namespace quittance::stripe_emulator
