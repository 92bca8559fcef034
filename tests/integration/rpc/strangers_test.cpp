// What a caller without any right may cost a gRPC server: compressed messages, endless headers, many connections, and
// connections that come while no file descriptor is left.
#include <arpa/inet.h>
#include <fcntl.h>
#include <grpcpp/create_channel.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "integration/http/raw_connection.hpp"
#include "integration/rpc/store_served.hpp"
#include "integration/rpc/tls_side.hpp"
#include "quittance/v1/invoice_store.grpc.pb.h"
#include "rpc/server/read_guard.hpp"

using namespace quittance::test;       // NOLINT(google-build-using-namespace)
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using grpc::StatusCode;
namespace rpc = quittance::rpc;
namespace v1 = quittance::v1;

namespace {

const std::string kPreface("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 33);  // with empty SETTINGS

// A frame of RFC 9113, 4.1.
std::string frame(char type, char flags, char stream, const std::string& payload) {
    const auto size = payload.size();
    std::string bytes{static_cast<char>(size >> 16U),
                      static_cast<char>(size >> 8U),
                      static_cast<char>(size),
                      type,
                      flags,
                      0,
                      0,
                      0,
                      stream};
    return bytes + payload;
}

// In MiB.
double resident() {
    std::ifstream file("/proc/self/statm");
    double all = 0;
    double pages = 0;
    file >> all >> pages;
    return pages * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1024 * 1024);
}

rpc::ServerOptions counted(quittance::runtime::Metrics& metrics, std::size_t connections) {
    auto options = in_plaintext();
    options.metrics = &metrics;
    options.connections.connections = connections;
    return options;
}

// A client with a certificate that sends bytes as they are.
class TlsClient {
  public:
    TlsClient(int port, const rpc::TlsFiles& files) : context_(SSL_CTX_new(TLS_client_method())) {
        std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to sockets without MSG_NOSIGNAL
        SSL_CTX_use_certificate_chain_file(context_, files.certificate.c_str());
        SSL_CTX_use_PrivateKey_file(context_, files.key.c_str(), SSL_FILETYPE_PEM);
        connection_.emplace(static_cast<std::uint16_t>(port));
        session_ = SSL_new(context_);
        SSL_set_fd(session_, connection_->descriptor());
        const unsigned char http2[] = "\x02h2";
        SSL_set_alpn_protos(session_, http2, 3);
        REQUIRE(SSL_connect(session_) == 1);
    }
    ~TlsClient() {
        SSL_free(session_);
        SSL_CTX_free(context_);
    }
    TlsClient(const TlsClient&) = delete;
    TlsClient& operator=(const TlsClient&) = delete;

    // False: the server has ended the connection.
    bool send(const std::string& bytes) {
        return SSL_write(session_, bytes.data(), static_cast<int>(bytes.size())) > 0;
    }

  private:
    SSL_CTX* context_;
    SSL* session_ = nullptr;
    std::optional<RawConnection> connection_;
};

bool is_open(RawConnection& connection) {
    // The server's first frame is its SETTINGS.
    return !connection.read_some().empty();
}

}  // namespace

TEST_CASE("a compressed message is refused before it is inflated") {
    StoreServed served(echo);
    const auto stub =
        v1::InvoiceStore::NewStub(grpc::CreateChannel(served.address(), grpc::InsecureChannelCredentials()));
    v1::GetInvoiceRequest request;
    // Inflated it would be too large, which has another code.
    request.set_id(std::string(20 * 1024 * 1024, 'x'));
    for (const auto algorithm : {GRPC_COMPRESS_GZIP, GRPC_COMPRESS_DEFLATE}) {
        grpc::ClientContext context;
        context.set_compression_algorithm(algorithm);
        v1::Invoice response;
        const auto status = stub->GetInvoice(&context, request, &response);
        CHECK(status.error_code() == StatusCode::UNIMPLEMENTED);
    }
    StoreClient client(served.address());
    CHECK(client.get("in_1").has_value());
}

TEST_CASE("a header without end is ended, and others are served meanwhile") {
    quittance::runtime::Metrics metrics;
    StoreServed served(echo, counted(metrics, 100));
    StoreClient client(served.address());
    REQUIRE(client.get("in_1").has_value());
    const auto before = resident();
    // A header of ten bytes costs gRPC 72 or more.
    const std::string field("\0\2aa\4cccc", 9);
    std::string fields;
    while (fields.size() + field.size() <= 16'384) fields += field;
    RawConnection stranger(static_cast<std::uint16_t>(served.port()));
    stranger.send(kPreface + frame(1, 0, 1, field));
    const auto continuation = frame(9, 0, 1, fields);
    bool ended = false;
    for (int sent = 0; sent < 200 && !ended; ++sent) {
        for (int i = 0; i < 64 && !ended; ++i) ended = !stranger.try_send(continuation);  // 1 MiB
        const auto answer = client.get("in_2");
        if (answer.has_error())
            FAIL_CHECK(answer.error().error_code() << " " << answer.error().error_message() << " after " << sent);
    }
    CHECK(ended);
    CHECK(resident() - before < 50);
    CHECK_THAT(metrics.text(), Catch::Contains("quittance_rpc_endless_headers_total 1"));
}

TEST_CASE("a header without end is ended within TLS as well") {
    CertificateAuthority authority;
    const TlsSide store(authority, kLoopback);
    const TlsSide edge(authority, "DNS:edge");
    StoreServed served(echo, store.serving());
    const auto before = rpc::endless_headers();
    TlsClient stranger(served.port(), edge.files());
    const std::string field("\0\2aa\4cccc", 9);
    std::string fields;
    while (fields.size() + field.size() <= 16'384) fields += field;
    bool ended = !stranger.send(kPreface + frame(1, 0, 1, field));
    const auto continuation = frame(9, 0, 1, fields);
    for (int sent = 0; sent < 10'000 && !ended; ++sent) ended = !stranger.send(continuation);
    CHECK(ended);
    CHECK(rpc::endless_headers() == before + 1);
    StoreClient client(edge.calling(served.address()));
    CHECK(client.get("in_1").has_value());
}

TEST_CASE("the quota leaves many large messages at once alone") {
    constexpr int kCallers = 8;
    constexpr int kCallsEach = 12;
    StoreServed served(echo);  // 96 messages of a mebibyte, in 64 MiB
    const std::string large(1024 * 1024, 'x');
    std::vector<std::unique_ptr<StoreClient>> clients;
    std::vector<rpc::Result<v1::Invoice>> results(kCallers * kCallsEach, v1::Invoice());
    std::atomic<int> done{0};
    for (int i = 0; i < kCallers; ++i) clients.push_back(std::make_unique<StoreClient>(served.address()));
    for (std::size_t i = 0; i < results.size(); ++i) clients[i % kCallers]->start(large, results[i], done);
    REQUIRE(eventually([&] { return done == kCallers * kCallsEach; }));
    for (const auto& result : results) {
        REQUIRE(result.has_value());
        CHECK(result->id().size() == large.size());
    }
}

TEST_CASE("one address may hold half of the connections, and what comes beyond is closed") {
    quittance::runtime::Metrics metrics;
    StoreServed served(echo, counted(metrics, 8));
    const auto port = static_cast<std::uint16_t>(served.port());
    std::vector<RawConnection> held;
    for (int i = 0; i < 4; ++i) {
        held.emplace_back(port);
        CHECK(is_open(held.back()));
    }
    RawConnection refused(port);
    CHECK(refused.wait_for_end() != End::kOpen);
    CHECK_THAT(metrics.text(), Catch::Contains("connections_refused_total{reason=\"too_many_of_address\"} 1"));
    // Our own look at the port is not refused.
    CHECK(served.server().answers(kPatience));
    held.clear();
    StoreClient client(served.address());
    CHECK(eventually([&] { return client.get("in_1").has_value(); }));
}

TEST_CASE("a server goes on after descriptors ran out") {
    quittance::runtime::Metrics metrics;
    StoreServed served(echo, counted(metrics, 100));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(served.port()));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int stranger = ::socket(AF_INET, SOCK_STREAM, 0);
    REQUIRE(stranger >= 0);
    rlimit usual{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &usual) == 0);
    const int next = ::dup(stranger);  // the lowest that is free
    ::close(next);
    const rlimit none_left{static_cast<rlim_t>(next), usual.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none_left) == 0);
    // The kernel takes the connection; accept() fails.
    CHECK(::connect(stranger, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
    CHECK(eventually([&] { return metrics.text().find("reason=\"no_descriptor\"") != std::string::npos; }));
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &usual) == 0);
    StoreClient client(served.address());
    CHECK(eventually([&] { return client.get("in_1").has_value(); }));
    auto connection = RawConnection::adopt(stranger);
    CHECK(is_open(connection));
}

TEST_CASE("a server answers itself with TLS and without, and not after its shutdown") {
    StoreServed plain(echo);
    CHECK(plain.server().answers(kPatience));
    plain.server().shutdown(std::chrono::system_clock::now());
    CHECK_FALSE(plain.server().answers(300ms));
    CertificateAuthority authority;
    const TlsSide store(authority, "DNS:invoice-store");
    StoreServed encrypted(echo, store.serving());
    CHECK(encrypted.server().answers(kPatience));
}
