// Mutual TLS: both sides show a certificate that the same authority signed, or there is no call.
#include <catch2/catch.hpp>

#include "integration/http/certificates.hpp"
#include "integration/rpc/store_served.hpp"

using namespace quittance::test;       // NOLINT(google-build-using-namespace)
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
namespace rpc = quittance::rpc;

namespace {

const std::string kNames = "DNS:localhost,IP:127.0.0.1";

rpc::ServerOptions serving(const CertificateAuthority& authority, const CertificateAuthority::Pair& pair) {
    rpc::ServerOptions options;
    options.tls_certificate = pair.certificate;
    options.tls_key = pair.key;
    options.tls_ca = authority.file();
    return options;
}

rpc::ChannelOptions calling(const std::string& address, const std::string& ca, const CertificateAuthority::Pair& pair) {
    rpc::ChannelOptions options;
    options.address = address;
    options.tls_certificate = pair.certificate;
    options.tls_key = pair.key;
    options.tls_ca = ca;
    return options;
}

bool works(rpc::ChannelOptions options) {
    StoreClient client(std::move(options));
    const auto answer = client.get("in_1", 5s);
    if (answer.has_error()) CHECK(answer.error().error_code() == grpc::StatusCode::UNAVAILABLE);
    return answer.has_value();
}

}  // namespace

TEST_CASE("both sides with the right certificates talk") {
    CertificateAuthority authority;
    StoreServed served(echo, serving(authority, authority.issue(kNames)));
    CHECK(works(calling(served.address(), authority.file(), authority.issue("DNS:edge"))));
}

TEST_CASE("a client without a certificate of our authority is not served") {
    CertificateAuthority authority;
    CertificateAuthority theirs;
    StoreServed served(echo, serving(authority, authority.issue(kNames)));
    CHECK_FALSE(works(StoreClient::channel_to(served.address())));
    CHECK_FALSE(works(calling(served.address(), authority.file(), theirs.issue("DNS:edge"))));
    CHECK(works(calling(served.address(), authority.file(), authority.issue("DNS:edge"))));
}

TEST_CASE("a client does not talk to a server without a certificate of our authority, or for another name") {
    CertificateAuthority authority;
    CertificateAuthority theirs;
    const auto ours = authority.issue("DNS:edge");
    StoreServed foreign(echo, serving(authority, theirs.issue(kNames)));
    CHECK_FALSE(works(calling(foreign.address(), authority.file(), ours)));
    StoreServed misnamed(echo, serving(authority, authority.issue("DNS:invoice-store")));
    CHECK_FALSE(works(calling(misnamed.address(), authority.file(), ours)));
    StoreServed plain(echo);
    CHECK_FALSE(works(calling(plain.address(), authority.file(), ours)));
}

TEST_CASE("half a configuration stops the start") {
    CertificateAuthority authority;
    const auto pair = authority.issue(kNames);
    const std::vector<grpc::Service*> none;
    for (int missing = 0; missing < 3; ++missing) {
        auto options = serving(authority, pair);
        auto channel = calling("127.0.0.1:1", authority.file(), pair);
        (missing == 0 ? options.tls_certificate : missing == 1 ? options.tls_key : options.tls_ca).clear();
        (missing == 0 ? channel.tls_certificate : missing == 1 ? channel.tls_key : channel.tls_ca).clear();
        CHECK_THROWS_WITH(rpc::Server(options, none), Catch::Contains("TLS_CERT"));
        CHECK_THROWS_WITH(rpc::make_channel(channel), Catch::Contains("TLS_CERT"));
    }
    auto absent = serving(authority, pair);
    absent.tls_key += ".absent";
    CHECK_THROWS_WITH(rpc::Server(absent, none), Catch::Contains(".absent"));
    auto directory = serving(authority, pair);
    directory.tls_ca = "/";
    CHECK_THROWS_AS(rpc::Server(directory, none), std::runtime_error);
    auto garbage = serving(authority, pair);
    garbage.tls_certificate = authority.write("garbage.pem", "no certificate");
    CHECK_THROWS_AS(rpc::Server(garbage, none), std::runtime_error);
}
