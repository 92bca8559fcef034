// Mutual TLS: a call needs certificates of the same authority on both sides.
#include <arpa/inet.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "integration/rpc/store_served.hpp"
#include "integration/rpc/tls_side.hpp"
#include "quittance/v1/invoice_store.grpc.pb.h"
#include "support/patience.hpp"

using namespace quittance::test;       // NOLINT(google-build-using-namespace)
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
namespace rpc = quittance::rpc;
namespace v1 = quittance::v1;
using Catch::Contains;

namespace {

bool works(rpc::ChannelOptions options) {
    StoreClient client(std::move(options));
    const auto answer = client.get("in_1");
    if (answer.has_error()) CHECK(answer.error().error_code() == grpc::StatusCode::UNAVAILABLE);
    return answer.has_value();
}

// A caller that, unlike our clients, does not check its own certificate.
bool works_with(const std::string& address, const CertificateAuthority& trusted,
                const CertificateAuthority::Pair* pair) {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = content_of(trusted.file());
    if (pair != nullptr) {
        options.pem_private_key = content_of(pair->key);
        options.pem_cert_chain = content_of(pair->certificate);
    }
    const auto channel = grpc::CreateChannel(address, grpc::SslCredentials(options));
    const auto store = v1::InvoiceStore::NewStub(channel);
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kPatience);
    v1::Invoice answer;
    const auto status = store->GetInvoice(&context, v1::GetInvoiceRequest(), &answer);
    if (!status.ok()) CHECK(status.error_code() == grpc::StatusCode::UNAVAILABLE);
    return status.ok();
}

// True if a handshake succeeds with a caller that supports TLS up to this version.
bool shakes_hands(int port, const TlsSide& side, int latest) {
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0");
    SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context, latest);
    SSL_CTX_use_certificate_chain_file(context, side.files().certificate.c_str());
    SSL_CTX_use_PrivateKey_file(context, side.files().key.c_str(), SSL_FILETYPE_PEM);
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    SSL* session = SSL_new(context);
    SSL_set_fd(session, descriptor);
    const unsigned char http2[] = "\x02h2";
    SSL_set_alpn_protos(session, http2, 3);
    const bool done = SSL_connect(session) == 1;
    SSL_free(session);
    ::close(descriptor);
    SSL_CTX_free(context);
    return done;
}

}  // namespace

TEST_CASE("calls succeed with valid certificates on both sides, by TLS 1.2 and later") {
    CertificateAuthority authority;
    const TlsSide store(authority, kLoopback);
    const TlsSide edge(authority, "DNS:edge");
    StoreServed served(echo, store.serving());
    CHECK(works(edge.calling(served.address())));
    CHECK(shakes_hands(served.port(), edge, TLS1_3_VERSION));
    CHECK(shakes_hands(served.port(), edge, TLS1_2_VERSION));
    CHECK_FALSE(shakes_hands(served.port(), edge, TLS1_1_VERSION));
}

TEST_CASE("a channel without calls becomes ready, because readiness depends on it") {
    CertificateAuthority authority;
    const TlsSide store(authority, kLoopback);
    const TlsSide edge(authority, "DNS:edge");
    StoreServed served(echo, store.serving());
    const auto channel = rpc::make_channel(edge.calling(served.address()));
    CHECK(eventually([&] { return rpc::channel_ready(*channel); }));
}

TEST_CASE("a caller without a valid certificate of our authority is refused") {
    CertificateAuthority authority;
    CertificateAuthority theirs;
    const TlsSide store(authority, kLoopback);
    StoreServed served(echo, store.serving());
    CHECK_FALSE(works(StoreClient::channel_to(served.address())));
    CHECK_FALSE(works_with(served.address(), authority, nullptr));
    const auto foreign = theirs.issue("DNS:edge");
    CHECK_FALSE(works_with(served.address(), authority, &foreign));
    const auto expired = authority.issue_expired("DNS:edge");
    CHECK_FALSE(works_with(served.address(), authority, &expired));
    const auto right = authority.issue("DNS:edge");
    CHECK(works_with(served.address(), authority, &right));
}

TEST_CASE("a client refuses a server without a certificate of our authority or with another name") {
    CertificateAuthority authority;
    CertificateAuthority theirs;
    const TlsSide edge(authority, "DNS:edge");
    const TlsSide foreign(theirs, kLoopback);
    StoreServed of_others(echo, foreign.serving());
    CHECK_FALSE(works(edge.calling(of_others.address())));
    const TlsSide store(authority, "DNS:invoice-store");
    StoreServed named(echo, store.serving());
    CHECK_FALSE(works(edge.calling(named.address())));
    CHECK_FALSE(works(edge.calling("dns:///localhost:" + std::to_string(named.port()))));
    auto told = edge.calling(named.address());
    told.server_name = "invoice-store";
    CHECK(works(told));
    told.server_name = "stripe-gateway";
    CHECK_FALSE(works(told));
    StoreServed plain(echo);
    CHECK_FALSE(works(edge.calling(plain.address())));
}

TEST_CASE("a transport that was not configured gives no connection") {
    const std::vector<grpc::Service*> none;
    CHECK_THROWS_WITH(rpc::Server(rpc::ServerOptions{}, none), Contains("neither mutual TLS nor plaintext"));
    CHECK_THROWS_WITH(rpc::make_channel(rpc::ChannelOptions{}), Contains("neither mutual TLS nor plaintext"));
}

TEST_CASE("plaintext must be configured explicitly, and half a TLS configuration stops the start") {
    CertificateAuthority authority;
    const auto pair = authority.issue(kLoopback);
    quittance::runtime::Metrics metrics;
    const rpc::TlsFiles all{pair.certificate, pair.key, authority.file()};
    CHECK(rpc::choose_transport("plaintext", {}, metrics).decided());
    CHECK_FALSE(rpc::choose_transport("plaintext", {}, metrics).is_tls());
    CHECK(rpc::choose_transport("tls", all, metrics).is_tls());
    CHECK_THROWS_WITH(rpc::choose_transport("tls", {}, metrics),
                      Contains("TLS_CERT, TLS_KEY and TLS_CA are missing") && Contains("RPC_TRANSPORT=plaintext"));
    CHECK_THROWS_WITH(rpc::choose_transport("tls", {pair.certificate, pair.key, ""}, metrics),
                      Contains("TLS_CA is missing"));
    CHECK_THROWS_WITH(rpc::choose_transport("plaintext", {"", pair.key, ""}, metrics), Contains("TLS_KEY"));
    CHECK_THROWS_WITH(rpc::choose_transport("", all, metrics), Contains("RPC_TRANSPORT"));
}

TEST_CASE("invalid files stop the start and are named") {
    CertificateAuthority authority;
    const auto pair = authority.issue(kLoopback);
    const auto garbage = authority.write("garbage.pem", "no certificate");
    const auto half = content_of(pair.certificate);
    const auto torn = authority.write("torn.pem", half + half.substr(0, half.size() / 2));
    const auto expired = authority.issue_expired(kLoopback);
    quittance::runtime::Metrics metrics;
    const auto why = [&](const rpc::TlsFiles& files) {
        try {
            rpc::TlsIdentity({files}, metrics);
        } catch (const std::runtime_error& error) {
            return std::string(error.what());
        }
        return std::string("nothing");
    };
    const auto& ca = authority.file();
    CHECK(why({pair.certificate, pair.key, ca}) == "nothing");
    CHECK_THAT(why({pair.certificate, pair.key + ".absent", ca}), Contains(".absent"));
    CHECK_THAT(why({pair.certificate, pair.key, "/"}), Contains("cannot read"));
    CHECK_THAT(why({garbage, pair.key, ca}), Contains(garbage) && Contains("the certificate is no PEM certificate"));
    CHECK_THAT(why({torn, pair.key, ca}), Contains("or a broken one"));
    CHECK_THAT(why({pair.certificate, garbage, ca}), Contains("no PEM private key"));
    CHECK_THAT(why({pair.certificate, authority.issue(kLoopback).key, ca}), Contains("does not belong"));
    CHECK_THAT(why({pair.certificate, pair.key, garbage}), Contains("the authority's certificate is no PEM"));
    CHECK_THAT(why({expired.certificate, expired.key, ca}), Contains("has expired"));
}
