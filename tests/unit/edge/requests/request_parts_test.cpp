// Ids and keys in a request. A text that cannot be one is refused before another service is called.
#include <catch2/catch.hpp>

#include "base/object_id.hpp"
#include "edge/requests/idempotency_key.hpp"
#include "edge/requests/identifiers.hpp"
#include "edge/responses/problems.hpp"

using namespace quittance::edge;  // NOLINT(google-build-using-namespace)
using quittance::http::Request;

namespace {

bool key_of(quittance::http::Headers headers, std::string& key) {
    Request request;
    request.headers = std::move(headers);
    return idempotency_key_of(request, key);
}

}  // namespace

TEST_CASE("the form of an invoice's id") {
    for (const std::string& id :
         {"65490130ff600e06af2a9694", "000000000000000000000000", "in_1O9UOhA0ZUrt0vQJoum7M20X", "in_test_1", "in_x"}) {
        INFO(id);
        CHECK(could_be_invoice_id(id));
    }
    CHECK(could_be_invoice_id("in_" + std::string(252, 'a')));
    const std::vector<std::string> others{
        "", "in", "IN_1", "65490130FF600E06AF2A9694", "65490130ff600e06af2a969", "65490130ff600e06af2a96944",
        "g5490130ff600e06af2a9694", "cus_1", "..", "in_" + std::string(253, 'a'),
        // Protobuf refuses a string that is not UTF-8, and PostgreSQL a text with NUL: one
        // such id would fail the whole batch of gets that it travels in.
        "in_\xff", "in_\xc3\xa9", std::string("in_\0", 4), "in_a b", "in_a/b", "in_a\n", "in_'", "in_%", "in_"};
    for (const auto& id : others) {
        INFO(id);
        CHECK_FALSE(could_be_invoice_id(id));
    }
}

TEST_CASE("the form of an object id") {
    CHECK(quittance::base::is_object_id("6548a41138406c14db33b606"));
    for (const std::string& id :
         {"", "6548a41138406c14db33b60", "6548A41138406C14DB33B606", "6548a41138406c14db33b60 "}) {
        INFO(id);
        CHECK_FALSE(quittance::base::is_object_id(id));
    }
}

TEST_CASE("an idempotency key is the caller's, or a new one for this request") {
    std::string key;
    CHECK(key_of({{"idempotency-key", "order-42!~"}}, key));
    CHECK(key == "order-42!~");
    const std::string longest(255, 'k');
    CHECK(key_of({{"Idempotency-Key", longest}}, key));
    CHECK(key == longest);
    std::string other;
    CHECK(key_of({}, key));
    CHECK(key_of({}, other));
    CHECK(key.size() == 32);
    CHECK(key != other);
}

TEST_CASE("an idempotency key that is unusable is refused") {
    std::string key;
    for (const auto& bad :
         {std::string(), std::string(256, 'k'), std::string("a b"), std::string("a\tb"), std::string("a\nb"),
          std::string("\x7f"), std::string("\xc3\xa9"), std::string("a\0b", 3)}) {
        INFO(bad);
        CHECK_FALSE(key_of({{"Idempotency-Key", bad}}, key));
    }
    CHECK_FALSE(key_of({{"Idempotency-Key", "a"}, {"idempotency-key", "a"}}, key));
}
