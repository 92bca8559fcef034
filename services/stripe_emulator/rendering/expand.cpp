// Follows the paths of `expand[]`. A basil invoice has `payments`, `confirmation_secret` and
// `amount_paid_off_stripe` only if they are expanded.
#include "stripe_emulator/rendering/expand.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {
namespace {

constexpr std::size_t kMostSteps = 4;

std::vector<std::string_view> steps_of(std::string_view path) {
    std::vector<std::string_view> steps;
    while (true) {
        const auto dot = path.find('.');
        steps.push_back(path.substr(0, dot));
        if (dot == std::string_view::npos) return steps;
        path.remove_prefix(dot + 1);
    }
}

class Expansion {
  public:
    Expansion(const Account& account, Shape shape) : account_(account), shape_(shape) {}

    bool follow(json::value& at, const std::vector<std::string_view>& steps, std::size_t next) {
        if (at.is_array()) {
            auto& elements = at.get_array();
            return std::all_of(elements.begin(), elements.end(),
                               [&](json::value& element) { return follow(element, steps, next); });
        }
        if (at.is_string()) {
            auto object = render_by_id(account_, at.get_string(), shape_);
            if (!object) return false;
            at = std::move(*object);
        }
        if (next == steps.size() || at.is_null()) return true;
        if (!at.is_object()) return false;
        auto& object = at.get_object();
        include(object, steps[next]);
        // A list is followed into its elements: data.customer on a list, lines.data.price on an invoice.
        auto* member = object.if_contains(steps[next]);
        return member != nullptr && follow(*member, steps, next + 1);
    }

  private:
    // What was paid out of band or by payment records.
    std::int64_t paid_off_stripe(const Invoice& invoice) const {
        auto sum = invoice.out_of_band;
        for (const auto& id : invoice.payments) {
            const auto& payment = *account_.invoice_payments.find(id);
            if (payment.payment_record) sum += payment.amount_paid.value_or(0);
        }
        return sum;
    }

    void include(json::object& object, std::string_view name) {
        if (is_before_basil(shape_) || object.contains(name)) return;
        const auto* kind = object.if_contains("object");
        if (kind == nullptr || *kind != "invoice") return;
        const auto* invoice = account_.invoices.find(std::string_view(object.at("id").as_string()));
        if (name == "amount_paid_off_stripe" && shape_ == Shape::kClover)
            object["amount_paid_off_stripe"] = paid_off_stripe(*invoice);
        if (name == "payments") object["payments"] = shape_basil::payments(account_, *invoice);
        if (name == "confirmation_secret") {
            object["confirmation_secret"] = nullptr;
            if (!invoice->payment_intent) return;
            const auto& intent = *account_.payment_intents.find(*invoice->payment_intent);
            object["confirmation_secret"] =
                json::object{{"client_secret", intent.client_secret}, {"type", "payment_intent"}};
        }
    }

    const Account& account_;
    Shape shape_;
};

}  // namespace

Result<void> expand(const Account& account, Shape shape, const json::array& paths, json::object& object) {
    json::value root(std::move(object));
    for (const auto& path : paths) {
        const std::string_view text = path.as_string();
        const auto steps = steps_of(text);
        // `data` of a list does not count.
        const auto depth = steps.size() - static_cast<std::size_t>(std::count(steps.begin(), steps.end(), "data"));
        if (depth > kMostSteps) {
            return invalid_request("You cannot expand more than 4 levels of a property. Property: " + std::string(text),
                                   "expand");
        }
        if (!Expansion(account, shape).follow(root, steps, 0)) {
            return invalid_request("This property cannot be expanded (" + std::string(text) + ").", "expand");
        }
    }
    object = std::move(root.as_object());
    return {};
}

}  // namespace quittance::stripe_emulator
