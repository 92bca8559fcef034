// TLS files are replaced while calls go on. No call fails, new certificates are used, and an authority that was removed
// is no longer trusted. Invalid files change nothing.
#include <grpcpp/client_context.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "integration/rpc/store_served.hpp"
#include "integration/rpc/tls_side.hpp"
#include "quittance/v1/invoice_store.grpc.pb.h"
#include "support/patience.hpp"

using namespace quittance::test;       // NOLINT(google-build-using-namespace)
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
namespace rpc = quittance::rpc;
namespace v1 = quittance::v1;

namespace {

// Channels of one identity to one address share a connection. Every address in 127.0.0.0/8 is this machine, so a new
// address gives a new connection.
std::string fresh_address(const StoreServed& served) {
    static std::atomic<unsigned> count{0};
    const unsigned number = ++count;
    return "127." + std::to_string(1 + number / 250 / 250) + "." + std::to_string(number / 250 % 250) + "." +
           std::to_string(1 + number % 250) + ":" + std::to_string(served.port());
}

rpc::ServerOptions everywhere(rpc::ServerOptions options) {
    options.listen = "0.0.0.0:0";
    return options;
}

rpc::ChannelOptions freshly(const TlsSide& side, const StoreServed& served) {
    auto options = side.calling(fresh_address(served));
    options.server_name = "localhost";
    return options;
}

// The server's certificate on a new connection, or the failure of the call.
std::string shown_certificate(const rpc::ChannelOptions& options) {
    const auto stub = v1::InvoiceStore::NewStub(rpc::make_channel(options));
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kPatience);
    v1::GetInvoiceRequest request;
    v1::Invoice invoice;
    const auto status = stub->GetInvoice(&context, request, &invoice);
    if (!status.ok()) return status.error_message();
    const auto shown = context.auth_context()->FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
    return shown.empty() ? "none" : std::string(shown.front().data(), shown.front().size());
}

// Makes calls until it is stopped: one thread on a single connection, and one with a new connection for each call.
class Load {
  public:
    Load(const TlsSide& side, const StoreServed& served) {
        threads_.emplace_back([this, &side, &served] {
            StoreClient standing(freshly(side, served));
            while (!stopped_) count(standing.get("in_1"));
        });
        threads_.emplace_back([this, &side, &served] {
            while (!stopped_) {
                StoreClient fresh(freshly(side, served));
                count(fresh.get("in_2"));
            }
        });
    }
    ~Load() { stop(); }

    void stop() {
        stopped_ = true;
        for (auto& thread : threads_)
            if (thread.joinable()) thread.join();
    }
    // Waits for this many further answers.
    bool goes_on(int calls) {
        const int before = answered_;
        return eventually([this, before, calls] { return answered_ >= before + calls; });
    }
    int answered() const { return answered_; }
    // The texts of the failures; empty if there are none.
    std::string failures() const {
        const std::lock_guard lock(mutex_);
        return failures_;
    }

  private:
    void count(const rpc::Result<v1::Invoice>& answer) {
        if (answer.has_value()) {
            ++answered_;
        } else {
            const std::lock_guard lock(mutex_);
            failures_ += answer.error().error_message() + "\n";
        }
    }

    std::atomic<bool> stopped_{false};
    std::atomic<int> answered_{0};
    mutable std::mutex mutex_;
    std::string failures_;
    std::vector<std::thread> threads_;
};

}  // namespace

TEST_CASE("certificates and their authority are replaced under load, and no call fails") {
    CertificateAuthority old_authority;
    CertificateAuthority new_authority;
    const auto old_ca = content_of(old_authority.file());
    const auto new_ca = content_of(new_authority.file());
    auto store_pair = old_authority.issue(kLoopback);
    auto edge_pair = old_authority.issue("DNS:edge");
    TlsSide store(store_pair, old_authority);
    TlsSide edge(edge_pair, old_authority);
    const TlsSide late(old_authority, "DNS:edge");  // this one is never renewed
    StoreServed served(echo, everywhere(store.serving()));
    CHECK(shown_certificate(freshly(edge, served)) == content_of(store_pair.certificate));
    Load load(edge, served);
    REQUIRE(load.goes_on(50));

    store.secret().replace(store_pair, old_ca + new_ca);
    edge.secret().replace(edge_pair, old_ca + new_ca);
    REQUIRE((store.has_taken(1) && edge.has_taken(1)));
    REQUIRE(load.goes_on(50));
    // Certificates of the new authority may be used only when both sides trust it.
    const TlsSide new_caller(new_authority.issue("DNS:edge"), old_authority);
    const auto server_trusts = [&] {
        return shown_certificate(freshly(new_caller, served)) == content_of(store_pair.certificate);
    };
    REQUIRE(eventually(server_trusts));
    const TlsSide new_server(new_authority.issue(kLoopback), old_authority);
    StoreServed served_anew(echo, everywhere(new_server.serving()));
    const auto client_trusts = [&] {
        return shown_certificate(freshly(edge, served_anew)) == content_of(new_server.files().certificate);
    };
    REQUIRE(eventually(client_trusts));

    store_pair = new_authority.issue(kLoopback);
    edge_pair = new_authority.issue("DNS:edge");
    store.secret().replace(store_pair, old_ca + new_ca);
    edge.secret().replace(edge_pair, old_ca + new_ca);
    REQUIRE((store.has_taken(2) && edge.has_taken(2)));
    REQUIRE(eventually([&] { return shown_certificate(freshly(edge, served)) == content_of(store_pair.certificate); }));
    // The old authority may be removed only when both sides use certificates of the new one.
    const TlsSide strict(new_authority, kLoopback);
    StoreServed served_strictly(echo, everywhere(strict.serving()));
    const auto client_shows = [&] {
        return shown_certificate(freshly(edge, served_strictly)) == content_of(strict.files().certificate);
    };
    REQUIRE(eventually(client_shows));
    REQUIRE(load.goes_on(50));

    store.secret().replace(store_pair, new_ca);
    edge.secret().replace(edge_pair, new_ca);
    REQUIRE((store.has_taken(3) && edge.has_taken(3)));
    const auto old_is_refused = [&] {
        const auto answer = StoreClient(freshly(late, served)).get("in_3");
        return answer.has_error() && answer.error().error_code() == grpc::StatusCode::UNAVAILABLE;
    };
    REQUIRE(eventually(old_is_refused));
    REQUIRE(load.goes_on(50));
    load.stop();
    CHECK(load.failures() == "");
    CHECK(shown_certificate(freshly(edge, served)) == content_of(store_pair.certificate));
}

TEST_CASE("invalid files change nothing, and valid files are used again") {
    CertificateAuthority authority;
    TlsSide store(authority, kLoopback);
    const TlsSide edge(authority, "DNS:edge");
    StoreServed served(echo, everywhere(store.serving()));
    const auto first = shown_certificate(freshly(edge, served));
    const auto unfit = [&](const char* number) {
        const auto line = std::string("quittance_tls_files_unfit ") + number + "\n";
        return eventually([&] { return store.metrics().find(line) != std::string::npos; });
    };
    CHECK(unfit("0"));
    const auto still_works = [&] { return shown_certificate(freshly(edge, served)) == first; };

    const auto next = authority.issue(kLoopback);
    const auto certificate = content_of(next.certificate);
    store.secret().overwrite("tls.crt", certificate.substr(0, certificate.size() / 2));
    REQUIRE(store.has_refused(1));
    CHECK(unfit("1"));
    CHECK(still_works());
    store.secret().overwrite("tls.crt", certificate);  // the key is still the old one
    REQUIRE(store.has_refused(2));
    CHECK(still_works());
    store.secret().remove("ca.crt");
    REQUIRE(store.has_refused(3));
    CHECK(still_works());
    store.secret().replace(next, content_of(authority.file()));
    REQUIRE(store.has_taken(1));
    CHECK(unfit("0"));
    CHECK(eventually([&] { return shown_certificate(freshly(edge, served)) == certificate; }));

    const auto expired = authority.issue_expired(kLoopback);
    store.secret().replace(expired, content_of(authority.file()));
    REQUIRE(store.has_refused(4));
    CHECK(shown_certificate(freshly(edge, served)) == certificate);
}
