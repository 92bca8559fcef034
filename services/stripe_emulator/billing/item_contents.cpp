// Computes what an item costs: an amount, or a quantity of a unit price. An amount alone makes a one-off price, as at
// Stripe. Invoice items and the bulk calls for lines share this.
#include <boost/json/array.hpp>

#include "stripe_emulator/billing/billing.hpp"
#include "stripe_emulator/billing/events.hpp"
#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {
namespace {

struct PriceTerms {
    std::string currency;
    std::string unit_decimal;
    std::string product;  // empty: a new one
};

const Price& mint_price(Account& account, const Call& call, const PriceTerms& terms) {
    Price price;
    price.id = account.ids.timed("price_", call.cause.now.unix_seconds);
    price.created = call.cause.now.unix_seconds;
    price.product = terms.product.empty() ? account.ids.plain("prod_") : terms.product;
    price.currency = terms.currency;
    price.unit_amount_decimal = terms.unit_decimal;
    if (terms.unit_decimal.find('.') == std::string::npos) price.unit_amount = multiply_decimal(terms.unit_decimal, 1);
    return account.prices.add(std::move(price));
}

Refusal exclusive(const std::string& prefix, std::string_view first, std::string_view second) {
    return invalid_request(
        "You may only specify one of these parameters: " + std::string(first) + ", " + std::string(second) + ".",
        parameter_name(prefix, first), "parameters_exclusive");
}

Refusal too_large(const std::string& prefix, std::string_view name) {
    return invalid_request("Amount must be no more than 999999999999", parameter_name(prefix, name),
                           "amount_too_large");
}

Result<std::int64_t> quantity_of(const json::object& parameters, const std::string& prefix) {
    auto quantity = integer_of(parameters, "quantity");
    if (const auto decimal = text_of(parameters, "quantity_decimal")) {
        quantity = multiply_decimal(*decimal, 1);
        if (!quantity || std::to_string(*quantity) != *decimal) {
            return invalid_request("The emulator has whole quantities only.",
                                   parameter_name(prefix, "quantity_decimal"));
        }
    }
    if (quantity && *quantity < 0) {
        return parameter_invalid(parameter_name(prefix, "quantity"), "This value must be greater than or equal to 0.",
                                 "parameter_invalid_integer");
    }
    return quantity.value_or(1);
}

OptionalText unit_of(const json::object& parameters) {
    if (const auto whole = integer_of(parameters, "unit_amount")) return std::to_string(*whole);
    return text_of(parameters, "unit_amount_decimal");
}

Result<ItemContents> times(const Price& price, std::int64_t quantity, const std::string& prefix) {
    const auto amount = multiply_decimal(price.unit_amount_decimal, quantity);
    if (!amount) return too_large(prefix, "unit_amount_decimal");
    auto whole = check_fraction(*amount, price.currency, parameter_name(prefix, "unit_amount_decimal"));
    if (!whole) return whole.error();
    return ItemContents{*amount, quantity, price.id};
}

// price_data[…]: a price that is made for this item only.
Result<PriceTerms> terms_of(Account& account, const json::object& data, const std::string& currency,
                            const std::string& prefix) {
    const auto name = parameter_name(prefix, "price_data");
    const auto given = text_of(data, "currency").value_or(currency);
    auto code = known_currency(given, name + "[currency]");
    if (!code) return code.error();
    if (*code != currency) {
        return invalid_request("The price's currency (" + *code + ") must match the invoice's (" + currency + ").",
                               name + "[currency]");
    }
    const auto unit = unit_of(data);
    if (!unit) return parameter_missing(name + "[unit_amount]");
    if (!multiply_decimal(*unit, 1))
        return parameter_invalid(name + "[unit_amount_decimal]", "Invalid decimal: " + *unit);
    const auto product = text_of(data, "product");
    if (product) {
        if (account.catalogue.find(*product) != nullptr) return PriceTerms{*code, *unit, *product};
        for (const auto& price : account.prices.rows()) {
            if (price.product == *product) return PriceTerms{*code, *unit, *product};
        }
        return no_such_parameter("product", *product, name + "[product]");
    }
    if (object_of(data, "product_data") == nullptr) return parameter_missing(name + "[product]");
    return PriceTerms{*code, *unit, ""};
}

Result<ItemContents> priced(Account& account, const Call& call, const json::object& parameters,
                            const std::string& currency, const std::string& prefix, std::int64_t quantity) {
    const auto* pricing = object_of(parameters, "pricing");
    auto id = text_of(parameters, "price");
    if (!id && pricing != nullptr) id = text_of(*pricing, "price");
    if (id) {
        const auto name = pricing != nullptr ? "pricing" : "price";
        const auto* price = account.prices.find(*id);
        if (price == nullptr) return no_such_parameter("price", *id, parameter_name(prefix, name));
        if (!price->recurring.is_null()) {
            return invalid_request(
                "The price specified is set to `type=recurring` but this field only accepts prices "
                "with `type=one_time`.",
                parameter_name(prefix, name));
        }
        if (price->active && price->currency == currency) return times(*price, quantity, prefix);
        if (price->active) {
            return invalid_request(
                "The price's currency (" + price->currency + ") must match the invoice's (" + currency + ").",
                parameter_name(prefix, name));
        }
        return invalid_request("The price specified is inactive. This field only accepts active prices.",
                               parameter_name(prefix, name));
    }
    if (const auto* data = object_of(parameters, "price_data")) {
        const auto terms = terms_of(account, *data, currency, prefix);
        if (!terms) return terms.error();
        return times(mint_price(account, call, *terms), quantity, prefix);
    }
    const auto unit = unit_of(parameters);
    if (!unit) return parameter_missing(parameter_name(prefix, "amount"));
    if (!multiply_decimal(*unit, 1)) {
        return parameter_invalid(parameter_name(prefix, "unit_amount_decimal"), "Invalid decimal: " + *unit);
    }
    return times(mint_price(account, call, {currency, *unit, ""}), quantity, prefix);
}

}  // namespace

std::string parameter_name(const std::string& prefix, std::string_view name) {
    return prefix.empty() ? std::string(name) : prefix + '[' + std::string(name) + ']';
}

bool has_contents(const json::object& parameters) {
    for (const auto* name : {"amount", "quantity", "quantity_decimal", "price", "pricing", "price_data", "unit_amount",
                             "unit_amount_decimal"}) {
        if (parameters.contains(name)) return true;
    }
    return false;
}

Result<ItemContents> item_contents(Account& account, const Call& call, const json::object& parameters,
                                   const std::string& currency, const std::string& prefix) {
    const auto amount = integer_of(parameters, "amount");
    if (amount) {
        for (const auto* other :
             {"quantity", "quantity_decimal", "price", "pricing", "price_data", "unit_amount", "unit_amount_decimal"}) {
            if (parameters.contains(other)) return exclusive(prefix, "amount", other);
        }
        if (*amount > kLargestAmount || *amount < -kLargestAmount) return too_large(prefix, "amount");
        auto whole = check_fraction(*amount, currency, parameter_name(prefix, "amount"));
        if (!whole) return whole.error();
        return ItemContents{*amount, 1, mint_price(account, call, {currency, std::to_string(*amount), ""}).id};
    }
    const auto quantity = quantity_of(parameters, prefix);
    if (!quantity) return quantity.error();
    return priced(account, call, parameters, currency, prefix, *quantity);
}

Result<void> refuse_unemulated(const json::object& parameters, const std::string& prefix) {
    for (const auto* name : {"tax_rates", "tax_amounts", "default_tax_rates", "discounts", "shipping_cost",
                             "shipping_details", "transfer_data", "application_fee_amount", "on_behalf_of",
                             "from_invoice", "subscription", "tax_code", "account_tax_ids"}) {
        const auto* value = parameters.if_contains(name);
        if (value == nullptr || *value == "") continue;
        if (value->is_array() && value->get_array().empty()) continue;
        return invalid_request("The emulator does not compute this parameter's effect.", parameter_name(prefix, name));
    }
    const auto* tax = object_of(parameters, "automatic_tax");
    if (tax != nullptr && boolean_of(*tax, "enabled").value_or(false)) {
        return invalid_request(
            "The customer's location isn't recognized. Set a valid customer address in order to automatically "
            "calculate tax.",
            "automatic_tax", "customer_tax_location_invalid");
    }
    return {};
}

}  // namespace quittance::stripe_emulator
