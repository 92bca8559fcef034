// Random identifiers, and which request ids of a client are taken as they are.
#include "runtime/identifier.hpp"

#include <catch2/catch.hpp>
#include <set>

using namespace quittance::runtime;  // NOLINT(google-build-using-namespace)

namespace {

bool is_ours(const std::string& id) {
    return id.size() == 32 && id.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

TEST_CASE("random identifiers are 32 hex digits and never the same") {
    std::set<std::string> seen;
    for (int i = 0; i < 1'000; ++i) {
        const auto id = random_hex_128();
        CHECK(is_ours(id));
        seen.insert(id);
    }
    CHECK(seen.size() == 1'000);
}

TEST_CASE("a harmless request id is kept") {
    for (const std::string& given : {"a", "req-1_2.3:4", "6f9619ff-8b86-d011-b42d-00cf4fc964ff"}) {
        INFO(given);
        CHECK(request_id_or_new(given) == given);
    }
    const std::string longest(128, 'x');
    CHECK(request_id_or_new(longest) == longest);
}

TEST_CASE("a request id that could do harm in a log line is replaced") {
    for (const std::string& given :
         {std::string(), std::string(129, 'x'), std::string("a b"), std::string("a\nb"), std::string("a\rb"),
          std::string("a\"b"), std::string("a\\b"), std::string("a=b"), std::string("a{b}"), std::string("nul\0", 4),
          std::string("\xC3\xA9"), std::string("\x1b[31m"), std::string("a,b"), std::string("<b>")}) {
        INFO(given);
        const auto id = request_id_or_new(given);
        CHECK(id != given);
        CHECK(is_ours(id));
    }
}
