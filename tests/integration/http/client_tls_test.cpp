// HTTPS: only a certificate that somebody we trust has signed, for the very name that we asked for.
#include <atomic>
#include <catch2/catch.hpp>

#include "integration/http/asking.hpp"
#include "integration/http/tls_peer.hpp"

using namespace quittance::test;  // NOLINT(google-build-using-namespace)

namespace {

const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// An HTTPS server that counts what reached it.
class TlsServed {
  public:
    explicit TlsServed(const CertificateAuthority::Pair& pair)
        : peer_(pair), server_([this](RawConnection& connection, int) { serve(connection); }) {}

    std::string base_url(const std::string& host) const {
        return "https://" + host + ":" + std::to_string(server_.port());
    }
    std::atomic<int> handshakes{0};
    std::atomic<int> resumptions{0};
    std::atomic<int> requests{0};
    std::string asked_name;

  private:
    void serve(RawConnection& connection) {
        TlsPeer::Stream stream(peer_, connection);
        if (!stream.shake_hands()) return;
        ++handshakes;
        if (stream.resumed()) ++resumptions;
        asked_name = stream.asked_name();
        for (auto request = stream.read_request(); !request.empty(); request = stream.read_request()) {
            ++requests;
            if (request.starts_with("GET /cut ")) {
                // The body ends with the connection, and the connection without a word: that may be anybody's doing.
                stream.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf of i");
                return;
            }
            stream.write(kOk);
        }
    }

    TlsPeer peer_;
    ScriptedServer server_;
};

Outcome ask(const std::string& base_url, const std::string& ca_file, const std::string& target = "/") {
    auto options = options_for(base_url);
    options.ca_file = ca_file;
    Asking asking(options);
    return asking.get(target);
}

void check_refused(const Outcome& outcome) {
    REQUIRE(status_of(outcome) == 0);
    CHECK_THAT(failure_of(outcome).reason, Catch::StartsWith("TLS handshake: "));
    CHECK_FALSE(failure_of(outcome).sent);
    CHECK_FALSE(failure_of(outcome).timed_out);
}

}  // namespace

TEST_CASE("the right certificate is accepted, and its connection used again") {
    CertificateAuthority authority;
    TlsServed served(authority.issue("DNS:localhost,IP:127.0.0.1"));
    for (const std::string& host : {"localhost", "127.0.0.1"}) {
        INFO(host);
        CHECK(body_of(ask(served.base_url(host), authority.file())) == "ok");
    }
    // An address is no name to ask for (RFC 6066, 3).
    CHECK(served.asked_name.empty());
    auto options = options_for(served.base_url("localhost"));
    options.ca_file = authority.file();
    Asking asking(options);
    const int before = served.handshakes;
    for (int i = 0; i < 10; ++i) CHECK(body_of(asking.get("/")) == "ok");
    CHECK(served.handshakes == before + 1);
    CHECK(served.asked_name == "localhost");
}

TEST_CASE("a further connection resumes the session of the one before") {
    CertificateAuthority authority;
    TlsServed served(authority.issue("DNS:localhost,IP:127.0.0.1"));
    auto options = options_for(served.base_url("localhost"));
    options.ca_file = authority.file();
    options.idle_time = std::chrono::milliseconds(0);  // no connection is used twice
    Asking asking(options);
    for (int i = 0; i < 4; ++i) CHECK(body_of(asking.get("/")) == "ok");
    CHECK(served.handshakes == 4);
    CHECK(served.resumptions == 3);
}

TEST_CASE("a certificate for another name is refused") {
    CertificateAuthority authority;
    for (const std::string& names :
         {"DNS:api.stripe.com", "IP:127.0.0.2", "DNS:localhost.example", "DNS:*.localhost"}) {
        INFO(names);
        TlsServed served(authority.issue(names));
        check_refused(ask(served.base_url("localhost"), authority.file()));
        check_refused(ask(served.base_url("127.0.0.1"), authority.file()));
        CHECK(served.requests == 0);
    }
    // A name is no address, and the other way round.
    TlsServed named(authority.issue("DNS:127.0.0.1"));
    check_refused(ask(named.base_url("127.0.0.1"), authority.file()));
}

TEST_CASE("a certificate that nobody we trust has signed is refused") {
    CertificateAuthority ours;
    CertificateAuthority theirs;
    TlsServed served(theirs.issue("DNS:localhost,IP:127.0.0.1"));
    check_refused(ask(served.base_url("localhost"), ours.file()));
    // The system's store does not know it either.
    check_refused(ask(served.base_url("localhost"), ""));
    CHECK(served.requests == 0);
}

TEST_CASE("an authority's file that is absent or no certificate stops the start") {
    CertificateAuthority authority;
    boost::asio::io_context loop;
    auto options = options_for("https://localhost");
    options.ca_file = authority.write("garbage.pem", "no certificate");
    CHECK_THROWS_AS(quittance::http::Client(loop, options), std::runtime_error);
    options.ca_file = authority.file() + ".absent";
    CHECK_THROWS_AS(quittance::http::Client(loop, options), std::runtime_error);
}

TEST_CASE("a server that speaks no TLS, and a client that speaks none, do not meet") {
    CertificateAuthority authority;
    ScriptedServer plain([](RawConnection& connection, int) {
        connection.read_some();
        connection.send(kOk);
    });
    check_refused(ask("https://127.0.0.1:" + std::to_string(plain.port()), authority.file()));
}

TEST_CASE("an answer whose end was cut off is a failure, not a shorter answer") {
    CertificateAuthority authority;
    TlsServed served(authority.issue("DNS:localhost"));
    const auto outcome = ask(served.base_url("localhost"), authority.file(), "/cut");
    REQUIRE(status_of(outcome) == 0);
    CHECK(failure_of(outcome).sent);
}
