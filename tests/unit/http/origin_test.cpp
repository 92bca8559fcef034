// The base URL of a client: which ones it takes, and what it makes of them.
#include "http/client/origin.hpp"

#include <catch2/catch.hpp>
#include <stdexcept>

using quittance::http::parse_origin;

TEST_CASE("a base URL becomes a host, a port and the Host field") {
    struct Case {
        const char* url;
        bool tls;
        const char* host;
        const char* port;
        const char* host_header;
    };
    const Case cases[] = {
        {"https://api.stripe.com", true, "api.stripe.com", "443", "api.stripe.com"},
        {"https://api.stripe.com/", true, "api.stripe.com", "443", "api.stripe.com"},
        {"http://127.0.0.1:12111", false, "127.0.0.1", "12111", "127.0.0.1:12111"},
        {"http://localhost", false, "localhost", "80", "localhost"},
        {"https://my_host.svc:8443/", true, "my_host.svc", "8443", "my_host.svc:8443"},
        {"http://[::1]:8080", false, "::1", "8080", "[::1]:8080"},
        {"https://[2001:db8::1]", true, "2001:db8::1", "443", "[2001:db8::1]"},
        {"http://EXAMPLE.test:65535", false, "EXAMPLE.test", "65535", "EXAMPLE.test:65535"},
    };
    for (const auto& one : cases) {
        INFO(one.url);
        const auto origin = parse_origin(one.url);
        CHECK(origin.tls == one.tls);
        CHECK(origin.host == one.host);
        CHECK(origin.port == one.port);
        CHECK(origin.host_header == one.host_header);
    }
}

TEST_CASE("what goes to another host without TLS can be read on the way") {
    using quittance::http::is_readable_on_the_way;
    for (const char* url : {"http://api.stripe.com", "http://stripe-emulator:12111", "http://10.0.0.1",
                            "http://[2001:db8::1]", "http://localhost.example", "http://128.0.0.1", "http://0.0.0.0"}) {
        INFO(url);
        CHECK(is_readable_on_the_way(parse_origin(url)));
    }
    for (const char* url : {"https://api.stripe.com", "https://10.0.0.1", "http://127.0.0.1:12111", "http://127.8.8.8",
                            "http://[::1]:80", "http://localhost:8080"}) {
        INFO(url);
        CHECK_FALSE(is_readable_on_the_way(parse_origin(url)));
    }
}

TEST_CASE("a base URL that is more or less than an origin is refused") {
    for (const char* url : {"",
                            "api.stripe.com",
                            "//api.stripe.com",
                            "ftp://api.stripe.com",
                            "HTTPS://api.stripe.com",
                            "https:",
                            "https://",
                            "https:///",
                            "http://:80",
                            "http://host:",
                            "http://host:0",
                            "http://host:65536",
                            "http://host:8x",
                            "http://host:99999999999999999999",
                            "http://host/v1",
                            "http://host//",
                            "http://host?a",
                            "http://host#a",
                            "http://user@host",
                            "http://user:secret@host",
                            "http://ho st",
                            " http://host",
                            "http://host ",
                            "http://host\n",
                            "http://host:80:80"}) {
        INFO(url);
        CHECK_THROWS_AS(parse_origin(url), std::runtime_error);
    }
}
