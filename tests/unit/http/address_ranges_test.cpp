// Which addresses are in a range, and which count as one peer.
#include "http/address_ranges.hpp"

#include <catch2/catch.hpp>

using namespace quittance::http;  // NOLINT(google-build-using-namespace)
using boost::asio::ip::make_address;

TEST_CASE("an address is in a range when its network part is the range's") {
    struct Case {
        std::string range;
        std::string address;
        bool inside;
    };
    const std::vector<Case> cases{
        {"10.0.0.0/8", "10.255.1.2", true},
        {"10.0.0.0/8", "11.0.0.1", false},
        {"10.1.2.3/8", "10.9.9.9", true},  // bits behind the network part do not matter
        {"192.0.2.7", "192.0.2.7", true},
        {"192.0.2.7", "192.0.2.8", false},
        {"192.0.2.0/31", "192.0.2.1", true},
        {"192.0.2.0/31", "192.0.2.2", false},
        {"0.0.0.0/0", "203.0.113.9", true},
        {"0.0.0.0/0", "2001:db8::1", false},
        {"10.0.0.0/8", "::ffff:10.1.1.1", true},  // as a socket for both families shows it
        {"2001:db8::/32", "2001:db8:1::1", true},
        {"2001:db8::/32", "2001:db9::1", false},
        {"::/0", "2001:db8::1", true},
    };
    for (const auto& one : cases) {
        INFO(one.range << " " << one.address);
        CHECK(AddressRanges("TRUSTED_PROXIES", {"203.0.113.1", one.range}).contains(make_address(one.address)) ==
              one.inside);
    }
    CHECK_FALSE(AddressRanges().contains(make_address("127.0.0.1")));
}

TEST_CASE("what is no range is refused by the setting's name") {
    for (const std::string text :
         {"", "10", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8x", "10.0.0.0/-1", "::/129", "proxy"}) {
        INFO(text);
        CHECK_THROWS_WITH(AddressRanges("TRUSTED_PROXIES", {"10.0.0.0/8", text}),
                          Catch::Contains("TRUSTED_PROXIES: '" + text + "'"));
    }
}

TEST_CASE("one peer is an IPv4 address or a /64 of IPv6") {
    const auto peer = [](const char* text) { return peer_of(make_address(text)); };
    CHECK(peer("192.0.2.1") == peer("::ffff:192.0.2.1"));
    CHECK(peer("192.0.2.1") != peer("192.0.2.2"));
    CHECK(peer("2001:db8::1") == peer("2001:db8::ffff:2"));
    CHECK(peer("2001:db8::1") != peer("2001:db8:0:1::1"));
}
