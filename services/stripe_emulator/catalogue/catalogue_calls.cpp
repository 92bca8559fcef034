// The calls for products, plans, coupons, promotion codes and tax rates. They differ in their members only.
#include <boost/json/array.hpp>

#include "stripe_emulator/billing/billing.hpp"
#include "stripe_emulator/billing/events.hpp"
#include "stripe_emulator/catalogue/catalogue.hpp"
#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {
namespace {

void emit_entry(Account& account, const Call& call, const CatalogueEntry& entry, std::string_view what,
                const Snapshot* before = nullptr) {
    emit(
        account, call.cause, entry.kind + '.' + std::string(what), [&](Shape) { return entry.shown; }, before);
}

json::object add(Account& account, const Call& call, CatalogueEntry entry) {
    const auto& kept = account.catalogue.add(std::move(entry));
    emit_entry(account, call, kept, "created");
    return kept.shown;
}

Result<CatalogueEntry*> entry_in_path(Account& account, const Call& call, std::string_view kind) {
    auto* entry = account.catalogue.find(call.path[0]);
    if (entry == nullptr || entry->deleted || entry->kind != kind)
        return no_such_in_path(kind, call.path[0], kind == "product" ? "id" : kind);
    return entry;
}

Result<json::object> update(Account& account, const Call& call, std::string_view kind) {
    const auto entry = entry_in_path(account, call, kind);
    if (!entry) return entry.error();
    auto metadata = (*entry)->shown.at("metadata").as_object();
    if (auto applied = apply_metadata(call.parameters, "metadata", metadata); !applied) return applied.error();
    Snapshot before;
    for (const auto shape : shapes_in_use(account)) before.emplace(shape, (*entry)->shown);
    for (const auto& [name, value] : call.parameters) {
        if (name != "metadata" && (*entry)->shown.contains(name)) (*entry)->shown[name] = value;
    }
    (*entry)->shown["metadata"] = std::move(metadata);
    emit_entry(account, call, **entry, "updated", &before);
    return (*entry)->shown;
}

Result<json::object> remove(Account& account, const Call& call, std::string_view kind) {
    const auto entry = entry_in_path(account, call, kind);
    if (!entry) return entry.error();
    (*entry)->deleted = true;
    emit_entry(account, call, **entry, "deleted");
    return render_deleted((*entry)->id, kind);
}

Result<void> need(const Call& call, std::initializer_list<const char*> names) {
    for (const auto* name : names) {
        if (!call.parameters.contains(name)) return parameter_missing(name);
    }
    return {};
}

// Stripe's schema has fractions as numbers; a form has only texts.
void make_number(json::object& shown, std::string_view name) {
    auto& value = shown[name];
    if (value.is_string()) value = std::strtod(value.get_string().c_str(), nullptr);
}

}  // namespace

Result<json::object> create_product(Account& account, const Call& call) {
    if (auto complete = need(call, {"name"}); !complete) return complete.error();
    return add(account, call,
               make_entry(account, call, "product", "prod_",
                          {{"active", true},
                           {"default_price", nullptr},
                           {"description", nullptr},
                           {"features", json::array{}},
                           {"images", json::array{}},
                           {"marketing_features", json::array{}},
                           {"name", nullptr},
                           {"package_dimensions", nullptr},
                           {"shippable", nullptr},
                           {"statement_descriptor", nullptr},
                           {"tax_code", nullptr},
                           {"tax_details", nullptr},
                           {"type", "service"},
                           {"unit_label", nullptr},
                           {"updated", call.cause.now.unix_seconds},
                           {"url", nullptr}}));
}

Result<json::object> update_product(Account& account, const Call& call) {
    return update(account, call, "product");
}

Result<json::object> delete_product(Account& account, const Call& call) {
    return remove(account, call, "product");
}

Result<json::object> create_plan(Account& account, const Call& call) {
    if (auto complete = need(call, {"currency", "interval", "product"}); !complete) return complete.error();
    const auto product = product_of(account, call);
    if (!product) return product.error();
    auto entry = make_entry(account, call, "plan", "plan_",
                            {{"active", true},
                             {"amount", nullptr},
                             {"amount_decimal", nullptr},
                             {"billing_scheme", "per_unit"},
                             {"currency", nullptr},
                             {"interval", nullptr},
                             {"interval_count", 1},
                             {"meter", nullptr},
                             {"nickname", nullptr},
                             {"product", nullptr},
                             {"tiers_mode", nullptr},
                             {"transform_usage", nullptr},
                             {"trial_period_days", nullptr},
                             {"usage_type", "licensed"}});
    entry.shown["product"] = *product;
    if (const auto amount = integer_of(call.parameters, "amount"))
        entry.shown["amount_decimal"] = std::to_string(*amount);
    return add(account, call, std::move(entry));
}

Result<json::object> update_plan(Account& account, const Call& call) {
    return update(account, call, "plan");
}

Result<json::object> delete_plan(Account& account, const Call& call) {
    return remove(account, call, "plan");
}

Result<json::object> create_coupon(Account& account, const Call& call) {
    const bool off = call.parameters.contains("percent_off") || call.parameters.contains("amount_off");
    if (!off) return invalid_request("Must provide one of percent_off or amount_off.");
    auto entry = make_entry(account, call, "coupon", "",
                            {{"amount_off", nullptr},
                             {"currency", nullptr},
                             {"duration", "once"},
                             {"duration_in_months", nullptr},
                             {"max_redemptions", nullptr},
                             {"name", nullptr},
                             {"percent_off", nullptr},
                             {"redeem_by", nullptr},
                             {"times_redeemed", 0},
                             {"valid", true}});
    make_number(entry.shown, "percent_off");
    return add(account, call, std::move(entry));
}

Result<json::object> update_coupon(Account& account, const Call& call) {
    return update(account, call, "coupon");
}

Result<json::object> delete_coupon(Account& account, const Call& call) {
    return remove(account, call, "coupon");
}

// The coupon is a parameter of its own, or since clover a member of `promotion`.
Result<json::object> create_promotion_code(Account& account, const Call& call) {
    auto id = text_of(call.parameters, "coupon");
    if (const auto* promotion = object_of(call.parameters, "promotion"); promotion != nullptr && !id)
        id = text_of(*promotion, "coupon");
    if (!id) return parameter_missing("coupon");
    const auto* coupon = account.catalogue.find(*id);
    if (coupon == nullptr || coupon->kind != "coupon") return no_such_parameter("coupon", *id, "coupon");
    const json::object restrictions{
        {"first_time_transaction", false}, {"minimum_amount", nullptr}, {"minimum_amount_currency", nullptr}};
    auto entry = make_entry(account, call, "promotion_code", "promo_",
                            {{"active", true},
                             {"code", account.ids.plain("", 8)},
                             {"customer", nullptr},
                             {"expires_at", nullptr},
                             {"max_redemptions", nullptr},
                             {"restrictions", restrictions},
                             {"times_redeemed", 0}});
    if (call.shape == Shape::kClover) {
        entry.shown["promotion"] = json::object{{"coupon", *id}, {"type", "coupon"}};
    } else {
        entry.shown["coupon"] = coupon->shown;
    }
    return add(account, call, std::move(entry));
}

Result<json::object> update_promotion_code(Account& account, const Call& call) {
    return update(account, call, "promotion_code");
}

Result<json::object> create_tax_rate(Account& account, const Call& call) {
    if (auto complete = need(call, {"display_name", "inclusive", "percentage"}); !complete) return complete.error();
    auto entry = make_entry(account, call, "tax_rate", "txr_1",
                            {{"active", true},
                             {"country", nullptr},
                             {"description", nullptr},
                             {"display_name", nullptr},
                             {"effective_percentage", nullptr},
                             {"flat_amount", nullptr},
                             {"inclusive", nullptr},
                             {"jurisdiction", nullptr},
                             {"jurisdiction_level", nullptr},
                             {"percentage", nullptr},
                             {"rate_type", "percentage"},
                             {"state", nullptr},
                             {"tax_type", nullptr}});
    make_number(entry.shown, "percentage");
    return add(account, call, std::move(entry));
}

Result<json::object> update_tax_rate(Account& account, const Call& call) {
    return update(account, call, "tax_rate");
}

Result<json::object> get_catalogue_entry(Account& account, const Call& call) {
    const auto* entry = account.catalogue.find(call.path[0]);
    if (entry == nullptr || entry->deleted) return no_such_in_path("object", call.path[0], "id");
    return entry->shown;
}

}  // namespace quittance::stripe_emulator
