// Invalid requests are refused with all violations, under the names of the REST fields. Requests at the limits pass.
#include "stripe_gateway/api/validation.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>

namespace quittance::stripe_gateway {
namespace {

v1::CreateInvoiceRequest good() {
    v1::CreateInvoiceRequest request;
    request.set_stripe_customer_id("cus_1");
    request.set_idempotency_key("K");
    auto* item = request.add_items();
    item->set_name(" All resources");
    item->set_amount_minor(1);
    return request;
}

void add_items(v1::CreateInvoiceRequest& request, int count, std::int64_t amount) {
    for (int i = 0; i < count; ++i) {
        auto* item = request.add_items();
        item->set_name("item");
        item->set_amount_minor(amount);
    }
}

std::string repeated(const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
}

std::vector<std::string> fields_of(const std::vector<v1::FieldViolation>& violations) {
    std::vector<std::string> fields;
    for (const auto& violation : violations) fields.push_back(violation.field());
    return fields;
}

using Change = std::function<void(v1::CreateInvoiceRequest&)>;
struct Case {
    const char* name;
    Change change;
    std::vector<std::string> fields;  // none: the request is valid
};

const std::vector<Case>& cases() {
    static const std::string kEuro = "\xE2\x82\xAC";
    static const std::vector<Case> kCases{
        {"the sample of the contract", [](auto&) {}, {}},
        {"no customer", [](auto& r) { r.clear_stripe_customer_id(); }, {"customer"}},
        {"a blank customer", [](auto& r) { r.set_stripe_customer_id(" \t"); }, {"customer"}},
        {"a path for a customer", [](auto& r) { r.set_stripe_customer_id("cus_1/../x"); }, {"customer"}},
        {"a customer of 256", [](auto& r) { r.set_stripe_customer_id(std::string(256, 'c')); }, {"customer"}},
        {"a bad payment method", [](auto& r) { r.set_payment_method_id("pm 1"); }, {"paymentMethod"}},
        {"no items", [](auto& r) { r.clear_items(); }, {"items"}},
        {"250 items", [](auto& r) { add_items(r, 249, 5); }, {}},
        {"251 items", [](auto& r) { add_items(r, 250, 5); }, {"items"}},
        {"no name", [](auto& r) { r.mutable_items(0)->clear_name(); }, {"items[0].name"}},
        {"a blank name", [](auto& r) { r.mutable_items(0)->set_name(" \n "); }, {"items[0].name"}},
        {"500 characters of three bytes", [](auto& r) { r.mutable_items(0)->set_name(repeated(kEuro, 500)); }, {}},
        {"501 characters", [](auto& r) { r.mutable_items(0)->set_name(repeated(kEuro, 501)); }, {"items[0].name"}},
        {"the largest amount", [](auto& r) { r.mutable_items(0)->set_amount_minor(999'999'999'999); }, {}},
        {"one more",
         [](auto& r) { r.mutable_items(0)->set_amount_minor(1'000'000'000'000); },
         {"items[0].amount", "items"}},
        {"the largest credit", [](auto& r) { r.mutable_items(0)->set_amount_minor(-999'999'999'999); }, {}},
        {"INT64_MIN", [](auto& r) { r.mutable_items(0)->set_amount_minor(INT64_MIN); }, {"items[0].amount", "items"}},
        {"a sum beyond 64 bits",
         [](auto& r) { add_items(r, 2, INT64_MAX); },
         {"items[1].amount", "items[2].amount", "items"}},
        {"a sum beyond Stripe's limit", [](auto& r) { add_items(r, 2, 999'999'999'999); }, {"items"}},
        {"large amounts that cancel out",
         [](auto& r) { add_items(r, 1, 999'999'999'999), add_items(r, 1, -999'999'999'999); },
         {}},
        {"an upper-case currency", [](auto& r) { r.set_currency("EUR"); }, {}},
        {"a currency of four", [](auto& r) { r.set_currency("EURO"); }, {"currency"}},
        {"a currency with a digit", [](auto& r) { r.set_currency("e1r"); }, {"currency"}},
        {"a description of 1500", [](auto& r) { r.set_description(repeated(kEuro, 1'500)); }, {}},
        {"a description of 1501", [](auto& r) { r.set_description(std::string(1'501, 'd')); }, {"description"}},
        {"a footer of 5001", [](auto& r) { r.set_footer(std::string(5'001, 'f')); }, {"footer"}},
        {"41 metadata keys",
         [](auto& r) {
             for (int i = 0; i < 41; ++i) (*r.mutable_metadata())["k" + std::to_string(i)] = "v";
         },
         {"metadata"}},
        {"an empty metadata key", [](auto& r) { (*r.mutable_metadata())[""] = "v"; }, {"metadata"}},
        {"a bracket in a metadata key", [](auto& r) { (*r.mutable_metadata())["a[b]"] = "v"; }, {"metadata"}},
        {"a metadata key of 41", [](auto& r) { (*r.mutable_metadata())[std::string(41, 'k')] = "v"; }, {"metadata"}},
        {"a metadata key of ours behind blanks",
         [](auto& r) { (*r.mutable_metadata())[" \tquittance_released"] = "true"; },
         {"metadata"}},
        {"U+0000 in a name", [](auto& r) { r.mutable_items(0)->set_name(std::string("a\0b", 3)); }, {"items[0].name"}},
        {"U+0000 in a footer", [](auto& r) { r.set_footer(std::string(1, '\0')); }, {"footer"}},
        {"U+0000 in a metadata key",
         [](auto& r) { (*r.mutable_metadata())[std::string("a\0", 2)] = "v"; },
         {"metadata"}},
        {"U+0000 in metadata", [](auto& r) { (*r.mutable_metadata())["a"] = std::string("\0", 1); }, {"metadata.a"}},
        {"a metadata key of ours", [](auto& r) { (*r.mutable_metadata())["quittance_hash"] = "v"; }, {"metadata"}},
        {"a metadata value of 501",
         [](auto& r) { (*r.mutable_metadata())["k"] = std::string(501, 'v'); },
         {"metadata.k"}},
        {"no idempotency key", [](auto& r) { r.clear_idempotency_key(); }, {"idempotencyKey"}},
        {"a key of 255", [](auto& r) { r.set_idempotency_key(std::string(255, 'k')); }, {}},
        {"a key of 256", [](auto& r) { r.set_idempotency_key(std::string(256, 'k')); }, {"idempotencyKey"}},
        {"an unknown way to collect",
         [](auto& r) { r.set_collect(static_cast<v1::CreateInvoiceRequest::Collect>(9)); },
         {"collect"}},
    };
    return kCases;
}

TEST_CASE("a creation is checked field by field") {
    for (const auto& example : cases()) {
        auto request = good();
        example.change(request);
        INFO(example.name);
        CHECK(fields_of(violations_of(request)) == example.fields);
    }
}

TEST_CASE("a refusal has all violations") {
    v1::CreateInvoiceRequest request;
    request.add_items();
    request.add_items()->set_amount_minor(1'000'000'000'000);
    request.set_currency("?");
    CHECK(fields_of(violations_of(request)) == std::vector<std::string>{"customer", "items[0].name", "items[1].name",
                                                                        "items[1].amount", "items", "currency",
                                                                        "idempotencyKey"});
}

TEST_CASE("no message quotes the request") {
    auto request = good();
    request.set_stripe_customer_id("secret/customer");
    request.set_currency("secret");
    (*request.mutable_metadata())["k"] = repeated("secret", 100);
    for (const auto& violation : violations_of(request)) CHECK(violation.message().find("secret") == std::string::npos);
}

TEST_CASE("the other calls need an invoice, and writes need a key") {
    const std::vector<std::string> both{"invoice", "idempotencyKey"};
    CHECK(fields_of(violations_of(v1::RetrieveInvoiceRequest())) == std::vector<std::string>{"invoice"});
    CHECK(fields_of(violations_of(v1::PayInvoiceRequest())) == both);
    CHECK(fields_of(violations_of(v1::FinalizeInvoiceRequest())) == both);
    CHECK(fields_of(violations_of(v1::VoidInvoiceRequest())) == both);
    v1::VoidInvoiceRequest request;
    request.set_stripe_invoice_id("in_1?x=1");
    request.set_idempotency_key("K");
    CHECK(fields_of(violations_of(request)) == std::vector<std::string>{"invoice"});
}

}  // namespace
}  // namespace quittance::stripe_gateway
