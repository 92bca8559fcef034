// Which open invoices the sweep takes for unacknowledged ones: in doubt it leaves an invoice alone.
#include "stripe_gateway/invoices/unacknowledged_invoices.hpp"

#include <catch2/catch.hpp>
#include <functional>

namespace quittance::stripe_gateway {
namespace {

namespace json = boost::json;

constexpr std::int64_t kFinalisedAt = 1'700'000'000;

json::object left_behind() {
    return {{"id", "in_1"},
            {"object", "invoice"},
            {"status", "open"},
            {"customer", "cus_1"},
            {"auto_advance", false},
            {"status_transitions", {{"finalized_at", kFinalisedAt}}},
            {"metadata", {{"quittance_key", "K"}, {"quittance_generation", "1"}, {"quittance_collect", "now"}}}};
}

json::object& metadata(json::object& invoice) {
    return invoice.at("metadata").as_object();
}

TEST_CASE("an invoice that was issued and told to nobody, and the key that alone may have finalised it") {
    const auto found = read_unacknowledged(left_behind(), "default", kFinalisedAt + 1);
    REQUIRE(found);
    CHECK(found->id == "in_1");
    CHECK(found->customer == "cus_1");
    CHECK(found->finalised_at == kFinalisedAt);
    CHECK(found->finalise_key == "default:K:finalise");
    auto second = left_behind();
    metadata(second)["quittance_generation"] = "2";
    CHECK(read_unacknowledged(second, "eu", kFinalisedAt + 1)->finalise_key == "eu:K:g2:finalise");
}

TEST_CASE("everything else is left alone") {
    struct Case {
        const char* name;
        std::function<void(json::object&)> change;
    };
    const Case cases[] = {
        {"not ours", [](auto& invoice) { metadata(invoice).erase("quittance_key"); }},
        {"of a gateway that marks nothing", [](auto& invoice) { metadata(invoice).erase("quittance_collect"); }},
        {"to be collected later", [](auto& invoice) { metadata(invoice)["quittance_collect"] = "later"; }},
        {"answered", [](auto& invoice) { metadata(invoice)["quittance_answered"] = "true"; }},
        {"handed over to Stripe", [](auto& invoice) { invoice["auto_advance"] = true; }},
        {"paid", [](auto& invoice) { invoice["status"] = "paid"; }},
        {"given up", [](auto& invoice) { invoice["status"] = "uncollectible"; }},
        {"young",
         [](auto& invoice) {
             invoice["status_transitions"] = {{"finalized_at", kFinalisedAt + 1}};
         }},
        {"finalised nobody knows when", [](auto& invoice) { invoice.erase("status_transitions"); }},
        {"without metadata", [](auto& invoice) { invoice["metadata"] = nullptr; }},
        {"nothing at all", [](auto& invoice) { invoice.clear(); }},
    };
    for (const auto& example : cases) {
        INFO(example.name);
        auto invoice = left_behind();
        example.change(invoice);
        CHECK_FALSE(read_unacknowledged(invoice, "default", kFinalisedAt + 1).has_value());
    }
}

}  // namespace
}  // namespace quittance::stripe_gateway
