// Fills objects of the catalogue from parameters.
#include "stripe_emulator/billing/events.hpp"
#include "stripe_emulator/catalogue/catalogue.hpp"
#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {

CatalogueEntry make_entry(Account& account, const Call& call, std::string_view kind, std::string_view prefix,
                          json::object defaults) {
    CatalogueEntry entry;
    const auto given = text_of(call.parameters, "id");
    entry.id = given ? *given : account.ids.plain(prefix);
    entry.kind = kind;
    entry.shown = {{"id", entry.id}, {"object", kind}};
    defaults["created"] = call.cause.now.unix_seconds;
    defaults["livemode"] = account.settings.livemode;
    defaults["metadata"] = json::object{};
    for (const auto& [name, value] : defaults) entry.shown[name] = value;
    for (const auto& [name, value] : call.parameters) {
        if (defaults.contains(name)) entry.shown[name] = value == "" ? json::value(nullptr) : value;
    }
    return entry;
}

Result<std::string> product_of(Account& account, const Call& call) {
    if (const auto id = text_of(call.parameters, "product")) {
        const auto* known = account.catalogue.find(*id);
        if (known == nullptr || known->kind != "product") return no_such_parameter("product", *id, "product");
        return *id;
    }
    const auto* data = object_of(call.parameters, "product_data");
    if (data == nullptr) data = object_of(call.parameters, "product");
    if (data == nullptr) return parameter_missing("product");
    Call of_product = call;
    of_product.parameters = *data;
    const auto made = create_product(account, of_product);
    if (!made) return made.error();
    return std::string(made->at("id").as_string());
}

}  // namespace quittance::stripe_emulator
