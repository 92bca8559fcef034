// Renders invoices and lines in the shape of versions from 2024-04-10 to acacia: as before them, with what they added
// and renamed.
#include <boost/json/array.hpp>

#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator::shape_2024 {

json::object invoice(const Account& account, const Invoice& invoice) {
    auto out = shape_2023::invoice(account, invoice);
    out.erase("rendering_options");
    out["automatic_tax"] =
        json::object{{"disabled_reason", nullptr}, {"enabled", false}, {"liability", nullptr}, {"status", nullptr}};
    out["automatically_finalizes_at"] = or_null(automatically_finalizes_at(invoice));
    out["issuer"] = json::object{{"type", "self"}};
    out["lines"] = render_lines(account, invoice, Shape::k2024);
    out["rendering"] = json::object{{"amount_tax_display", invoice.amount_tax_display},
                                    {"pdf", {{"page_size", "auto"}}},
                                    {"template", nullptr},
                                    {"template_version", nullptr}};
    out["total_pretax_credit_amounts"] = json::array{};
    return out;
}

json::object line(const Account& account, const Item& item) {
    auto out = shape_2023::line(account, item);
    out["invoice"] = or_null(item.invoice);
    out["pretax_credit_amounts"] = json::array{};
    return out;
}

}  // namespace quittance::stripe_emulator::shape_2024
