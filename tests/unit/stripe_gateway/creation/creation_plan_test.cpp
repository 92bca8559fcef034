// The parameters that a creation sends, and the check of the lines before they are finalised.
#include "stripe_gateway/creation/creation_plan.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

namespace quittance::stripe_gateway {
namespace {

v1::CreateInvoiceRequest request_with(int items) {
    v1::CreateInvoiceRequest request;
    request.set_stripe_customer_id("cus_1");
    request.set_idempotency_key("K");
    for (int i = 0; i < items; ++i) {
        auto* item = request.add_items();
        item->set_name("the same name");
        item->set_amount_minor(i % 3 == 2 ? -i : i);
    }
    return request;
}

// The lines as Stripe gives them back when all is well.
std::vector<v1::InvoiceLine> lines_of(const CreationPlan& plan) {
    std::vector<v1::InvoiceLine> lines;
    for (int i = 0; i < plan.line_count(); ++i) {
        auto& line = lines.emplace_back();
        line.set_id("il_" + std::to_string(i));
        line.set_amount_minor(plan.request.items(i).amount_minor());
        line.set_currency(plan.currency);
        (*line.mutable_metadata())[std::string(kMetadataLine)] = std::to_string(i);
    }
    return lines;
}

std::string text(const boost::json::value& value) {
    return std::string(value.as_string());
}

TEST_CASE("the draft neither advances nor takes other people's items") {
    auto request = request_with(2);
    request.set_payment_method_id("pm_1");
    const auto plan = make_plan(request, "default", {"usd", "default description", "default footer"});
    const auto parameters = draft_parameters(plan, 1);
    CHECK(parameters.at("auto_advance").as_bool() == false);
    CHECK(text(parameters.at("pending_invoice_items_behavior")) == "exclude");
    CHECK(text(parameters.at("currency")) == "usd");
    CHECK(text(parameters.at("description")) == "default description");
    CHECK(text(parameters.at("footer")) == "default footer");
    CHECK(text(parameters.at("default_payment_method")) == "pm_1");
}

TEST_CASE("the caller's words win over the deployment's, never over ours") {
    auto request = request_with(3);
    request.set_currency("JPY");
    request.set_description("mine");
    for (const auto name : {kMetadataKey, kMetadataHash, kMetadataLines, kMetadataSum, kMetadataGeneration})
        (*request.mutable_metadata())[std::string(name)] = "forged";
    (*request.mutable_metadata())["order"] = "7";
    const auto plan = make_plan(request, "default", {"eur", "theirs", ""});
    const auto parameters = draft_parameters(plan, 2);
    CHECK(text(parameters.at("currency")) == "jpy");
    CHECK(text(parameters.at("description")) == "mine");
    CHECK_FALSE(parameters.contains("footer"));
    const auto& metadata = parameters.at("metadata").as_object();
    CHECK(text(metadata.at("order")) == "7");
    CHECK(text(metadata.at(kMetadataKey)) == "K");
    CHECK(text(metadata.at(kMetadataHash)) == plan.hash);
    CHECK(text(metadata.at(kMetadataLines)) == "3");
    CHECK(text(metadata.at(kMetadataSum)) == "-1");
    CHECK(text(metadata.at(kMetadataGeneration)) == "2");
}

TEST_CASE("batches cover every line once, in order") {
    for (const int items : {1, 49, 50, 51, 100, 249, 250}) {
        const auto request = request_with(items);
        const auto plan = make_plan(request, "default", {});
        int next = 0;
        for (int batch = 0; batch < plan.batch_count(); ++batch) {
            const auto parameters = lines_parameters(plan, batch);
            for (const auto& line : parameters.at("lines").as_array()) {
                CHECK(text(line.at("metadata").at(kMetadataLine)) == std::to_string(next));
                CHECK(line.at("amount").as_int64() == request.items(next).amount_minor());
                ++next;
            }
        }
        CHECK(next == items);
    }
}

TEST_CASE("missing lines are found by their index, not by what they say") {
    const auto request = request_with(70);
    const auto plan = make_plan(request, "default", {});
    auto lines = lines_of(plan);
    CHECK(missing_of(plan, 0, lines).empty());
    CHECK(missing_of(plan, 1, lines).empty());
    CHECK(missing_of(plan, 1, {}).size() == 20);
    lines.erase(lines.begin() + 55);
    CHECK(missing_of(plan, 0, lines).empty());
    CHECK(missing_of(plan, 1, lines) == std::vector<int>{55});
}

TEST_CASE("exactly the lines of the request pass, in any order") {
    const auto request = request_with(120);
    const auto plan = make_plan(request, "default", {});
    auto lines = lines_of(plan);
    CHECK(difference(plan, lines).empty());
    std::reverse(lines.begin(), lines.end());
    CHECK(difference(plan, lines).empty());
}

TEST_CASE("everything else is a difference") {
    const auto request = request_with(5);
    const auto plan = make_plan(request, "default", {});
    const auto good = lines_of(plan);
    const auto index = std::string(kMetadataLine);
    auto lines = good;
    lines.pop_back();
    CHECK_FALSE(difference(plan, lines).empty());
    lines = good;
    lines.push_back(good.front());
    CHECK_FALSE(difference(plan, lines).empty());
    lines = good;
    lines[1] = good[0];
    CHECK_FALSE(difference(plan, lines).empty());
    lines = good;
    lines[3].set_amount_minor(4);
    CHECK_FALSE(difference(plan, lines).empty());
    lines = good;
    std::swap(*lines[1].mutable_metadata(), *lines[4].mutable_metadata());  // same sum, wrong amounts
    CHECK_FALSE(difference(plan, lines).empty());
    lines = good;
    lines[0].set_currency("usd");
    CHECK_FALSE(difference(plan, lines).empty());
    for (const char* forged : {"", "-1", "5", "0x1", "1 ", "99999999999999999999"}) {
        lines = good;
        (*lines[1].mutable_metadata())[index] = forged;
        INFO(forged);
        CHECK_FALSE(difference(plan, lines).empty());
    }
    lines = good;
    lines[2].mutable_metadata()->erase(index);  // somebody else's line
    CHECK_FALSE(difference(plan, lines).empty());
}

}  // namespace
}  // namespace quittance::stripe_gateway
