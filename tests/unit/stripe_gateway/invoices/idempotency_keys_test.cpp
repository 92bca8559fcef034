// Derived keys are stable, distinct and valid in a header. The hash distinguishes any two requests.
#include "stripe_gateway/invoices/idempotency_keys.hpp"

#include <catch2/catch.hpp>
#include <functional>
#include <set>

#include "base/digest.hpp"

namespace quittance::stripe_gateway {
namespace {

v1::CreateInvoiceRequest sample() {
    v1::CreateInvoiceRequest request;
    request.set_stripe_customer_id("cus_1");
    request.set_payment_method_id("pm_1");
    request.set_currency("eur");
    request.set_description("a description");
    request.set_footer("a footer");
    (*request.mutable_metadata())["a"] = "1";
    (*request.mutable_metadata())["b"] = "2";
    request.set_idempotency_key("K");
    for (const auto& [name, amount] : std::vector<std::pair<const char*, int>>{{"one", 100}, {"two", -5}}) {
        auto* item = request.add_items();
        item->set_name(name);
        item->set_amount_minor(amount);
    }
    return request;
}

TEST_CASE("a step's key names account, request, step and generation") {
    const StepKeys keys("default", "K-1");
    CHECK(keys.of("create", 1) == "default:K-1:create");
    CHECK(keys.of("create", 3) == "default:K-1:create:g3");
    CHECK(keys.of("lines:2", 1) == "default:K-1:lines:2");
    CHECK(keys.of_draft(1).of("finalise", 1) == "default:K-1:finalise");
    CHECK(keys.of_draft(2).of("finalise", 1) == "default:K-1:g2:finalise");
    CHECK(keys.of_draft(2).of("finalise", 2) == "default:K-1:g2:finalise:g2");
}

TEST_CASE("any key of a caller's fits into Stripe's 255 visible characters") {
    for (const std::string& key : {std::string(255, 'k'), std::string("line\r\nbreak"), std::string("nul\0l", 5),
                                   std::string("\xC3\xA4\xE2\x82\xAC"), std::string("with:colon"),
                                   std::string("with blank"), std::string(161, 'x')}) {
        const auto derived = StepKeys(std::string(200, 'a'), key).of_draft(32).of("finalise-invoice", 4);
        CHECK(derived.size() <= 255);
        for (const char c : derived) CHECK((c > ' ' && c < 127));
    }
}

TEST_CASE("different callers never share a key") {
    std::set<std::string> keys;
    const std::vector<std::pair<std::string, std::string>> callers{{"default", "K"},
                                                                   {"default", "k"},
                                                                   {"other", "K"},
                                                                   {"default", "K:g2"},
                                                                   {"default:K", "g2"},
                                                                   {"default", "K.1"},
                                                                   {"default", "K "},
                                                                   {"default", "K:lines"},
                                                                   {"default", base::sha256_hex("K")},
                                                                   {"default", "sha256-" + base::sha256_hex("K:g2")}};
    for (const auto& [account, key] : callers)
        for (const int generation : {1, 2}) keys.insert(StepKeys(account, key).of_draft(generation).of("0", 1));
    CHECK(keys.size() == 2 * callers.size());
}

TEST_CASE("SHA-256 is SHA-256") {
    // FIPS 180-2, B.1, and the empty text.
    CHECK(base::sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(base::sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("what means the same hashes the same") {
    const auto hash = request_hash(sample());
    auto other = sample();
    other.set_idempotency_key("another key");
    CHECK(request_hash(other) == hash);
    other = sample();
    other.set_currency("EUR");
    CHECK(request_hash(other) == hash);
    other = sample();
    other.set_account("default");
    CHECK(request_hash(other) == hash);
    other = sample();
    other.set_collect(v1::CreateInvoiceRequest::COLLECT_NOW);
    CHECK(request_hash(other) == hash);
    other = sample();
    other.clear_metadata();
    (*other.mutable_metadata())["b"] = "2";
    (*other.mutable_metadata())["a"] = "1";
    CHECK(request_hash(other) == hash);
}

TEST_CASE("every difference that the caller can make changes the hash") {
    using Change = std::function<void(v1::CreateInvoiceRequest&)>;
    const std::vector<Change> changes{
        [](auto& r) { r.set_account("other"); },
        [](auto& r) { r.set_stripe_customer_id("cus_2"); },
        [](auto& r) { r.clear_payment_method_id(); },
        [](auto& r) { r.set_currency("usd"); },
        [](auto& r) { r.clear_currency(); },
        [](auto& r) { r.set_description("a"); },
        [](auto& r) { r.set_description("a descriptiona footer"), r.clear_footer(); },
        [](auto& r) { r.clear_footer(); },
        [](auto& r) { (*r.mutable_metadata())["a"] = "2"; },
        [](auto& r) { r.mutable_metadata()->erase("a"); },
        [](auto& r) { r.clear_metadata(), (*r.mutable_metadata())["a1b"] = "2"; },
        [](auto& r) { r.mutable_items(0)->set_amount_minor(101); },
        [](auto& r) { r.mutable_items(0)->set_name("One"); },
        [](auto& r) { r.mutable_items()->SwapElements(0, 1); },
        [](auto& r) { r.mutable_items()->RemoveLast(); },
        [](auto& r) { *r.add_items() = r.items(0); },
        [](auto& r) { r.set_collect(v1::CreateInvoiceRequest::COLLECT_LATER); },
    };
    std::set<std::string> hashes{request_hash(sample())};
    for (const auto& change : changes) {
        auto changed = sample();
        change(changed);
        hashes.insert(request_hash(changed));
    }
    CHECK(hashes.size() == changes.size() + 1);
}

}  // namespace
}  // namespace quittance::stripe_gateway
