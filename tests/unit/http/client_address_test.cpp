// The client's address behind proxies: who is believed, and what a client writes itself.
#include "http/client_address.hpp"

#include <catch2/catch.hpp>

using namespace quittance::http;  // NOLINT(google-build-using-namespace)

namespace {

std::string client(const std::string& peer, const std::vector<std::string>& forwarded) {
    const AddressRanges trusted("TRUSTED_PROXIES", {"10.0.0.0/8", "2001:db8::/32"});
    Request request;
    request.peer_address = peer;
    for (const auto& value : forwarded) request.headers.push_back({"X-Forwarded-For", value});
    return client_address(request, trusted).to_string();
}

}  // namespace

TEST_CASE("X-Forwarded-For counts from a trusted proxy only, and from its end") {
    struct Case {
        std::string peer;
        std::vector<std::string> forwarded;
        std::string client;
    };
    const std::vector<Case> cases{
        {"192.0.2.1:4711", {}, "192.0.2.1"},
        {"192.0.2.1:4711", {"203.0.113.9"}, "192.0.2.1"},  // no proxy: the client wrote it
        {"10.0.0.1:1", {}, "10.0.0.1"},
        {"10.0.0.1:1", {"203.0.113.9"}, "203.0.113.9"},
        {"10.0.0.1:1", {"198.51.100.1, 203.0.113.9"}, "203.0.113.9"},  // the first was written by the client
        {"10.0.0.1:1", {"203.0.113.9, 10.9.9.9"}, "203.0.113.9"},      // two proxies
        {"10.0.0.1:1", {"198.51.100.1,203.0.113.9 ,10.9.9.9", "10.8.8.8"}, "203.0.113.9"},
        {"10.0.0.1:1", {"10.1.1.1, 10.2.2.2"}, "10.1.1.1"},
        {"10.0.0.1:1", {"nobody"}, "10.0.0.1"},
        {"10.0.0.1:1", {"203.0.113.9, unknown"}, "10.0.0.1"},
        {"10.0.0.1:1", {""}, "10.0.0.1"},
        {"10.0.0.1:1", {","}, "10.0.0.1"},
        {"10.0.0.1:1", {"203.0.113.9:80"}, "10.0.0.1"},
        {"::ffff:10.0.0.1:1", {"203.0.113.9"}, "203.0.113.9"},
        {"2001:db8::1:4711", {"2001:db9::7"}, "2001:db9::7"},
        {"2001:db9::1:4711", {"2001:db8::7"}, "2001:db9::1"},
    };
    for (const auto& one : cases) {
        INFO(one.peer << " " << (one.forwarded.empty() ? "" : one.forwarded.front()));
        CHECK(client(one.peer, one.forwarded) == one.client);
    }
}

TEST_CASE("a long list is followed for some proxies only") {
    std::string list = "203.0.113.9";
    for (int i = 0; i < 1'000; ++i) list += ",10.0.0.2";
    CHECK(client("10.0.0.1:1", {list}) == "10.0.0.2");
}

TEST_CASE("a request without an address has an unspecified one") {
    CHECK(client("", {"203.0.113.9"}) == "0.0.0.0");
}
