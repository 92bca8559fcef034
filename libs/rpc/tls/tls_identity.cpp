#include "rpc/tls/tls_identity.hpp"

#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include "rpc/grpc_settings.hpp"
#include "rpc/tls/memory_file.hpp"
#include "runtime/log.hpp"

namespace quittance::rpc {
namespace {

namespace tls = grpc::experimental;

constexpr unsigned kGrpcLookSeconds = 1;  // the least that gRPC can do

// What a look at the files found, or nothing where one of them cannot be read.
using Look = std::optional<TlsMaterial>;

Look look_at(const TlsFiles& files) {
    try {
        return read_material(files);
    } catch (const std::runtime_error&) {
        return std::nullopt;
    }
}

// gRPC reads key and certificate one after the other; from one file they cannot be of two.
std::string pair_of(const TlsMaterial& material) {
    return material.certificate + "\n" + material.key + "\n";
}

TlsFacts check_first(const TlsFiles& files, const TlsMaterial& material) {
    try {
        return check_material(material, std::chrono::system_clock::now());
    } catch (const std::runtime_error& error) {
        throw std::runtime_error("TLS_CERT " + files.certificate + ", TLS_KEY " + files.key + ", TLS_CA " + files.ca +
                                 ": " + error.what());
    }
}

// gRPC's own thread may look once more after the last of our references is gone, and nobody says when it has ended; so
// these files stay for the process's life. A service has one identity.
MemoryFile& lasting_file(std::string_view content) {
    static std::mutex mutex;
    static auto& files = *new std::deque<MemoryFile>;  // never destroyed
    const std::lock_guard lock(mutex);
    return files.emplace_back(content);
}

prometheus::Counter& changes(runtime::Metrics& metrics, const char* result) {
    return metrics.counter("quittance_tls_file_changes_total",
                           "Changes of the TLS files; new connections use what was taken within a second or so.",
                           {{"result", result}});
}

}  // namespace

struct TlsIdentity::State {
    State(const TlsIdentityOptions& given, TlsMaterial material, runtime::Metrics& metrics)
        : options(given),
          judged(std::move(material)),
          pair(lasting_file(pair_of(*judged))),
          authorities(lasting_file(judged->ca)),
          taken(changes(metrics, "taken")),
          refused(changes(metrics, "refused")),
          unfit(metrics.gauge("quittance_tls_files_unfit", "1 while the TLS files hold what cannot be used.")),
          expires(metrics.gauge("quittance_tls_certificate_expires_timestamp_seconds",
                                "When the certificate in use expires, in seconds since 1970.")) {}

    // False once stop() was called.
    bool wait() {
        std::unique_lock lock(mutex);
        return !stopping.wait_for(lock, options.look_interval, [this] { return stopped; });
    }

    void watch() {
        std::optional<Look> candidate;
        while (wait()) {
            auto look = look_at(options.files);
            if (look == judged) {
                candidate.reset();
            } else if (candidate == look) {
                judged = std::move(look);
                candidate.reset();
                judge();
            } else {
                candidate = std::move(look);
            }
        }
    }

    // Says nothing of the content: one of the files is a secret.
    void judge() {
        std::string why = "a file cannot be read";
        try {
            if (judged) {
                const auto facts = check_material(*judged, std::chrono::system_clock::now());
                pair.replace(pair_of(*judged));
                authorities.replace(judged->ca);
                tell(facts);
                unfit.Set(0);
                runtime::log_info("the TLS files were changed; new connections use them within a second or so",
                                  {{"serial", facts.serial}});
                taken.Increment();  // last: who sees it finds the rest
                return;
            }
        } catch (const std::runtime_error& error) {
            why = error.what();
        }
        unfit.Set(1);
        runtime::log_error("the TLS files changed and are refused; those before stay in use", {{"why", why}});
        refused.Increment();
    }

    void tell(const TlsFacts& facts) {
        expires.Set(std::chrono::duration<double>(facts.expires.time_since_epoch()).count());
    }

    const TlsIdentityOptions options;
    Look judged;
    MemoryFile& pair;
    MemoryFile& authorities;
    prometheus::Counter& taken;
    prometheus::Counter& refused;
    prometheus::Gauge& unfit;
    prometheus::Gauge& expires;
    std::shared_ptr<tls::CertificateProviderInterface> provider;
    std::mutex mutex;
    std::condition_variable stopping;
    bool stopped = false;
    std::thread watcher;
};

TlsIdentity::TlsIdentity(const TlsIdentityOptions& options, runtime::Metrics& metrics) {
    set_before_grpc_starts();
    auto material = read_material(options.files);
    const auto facts = check_first(options.files, material);
    state_ = std::make_unique<State>(options, std::move(material), metrics);
    state_->tell(facts);
    state_->provider = std::make_shared<tls::FileWatcherCertificateProvider>(
        state_->pair.path(), state_->pair.path(), state_->authorities.path(), kGrpcLookSeconds);
    state_->watcher = std::thread([state = state_.get()] { state->watch(); });
}

TlsIdentity::~TlsIdentity() {
    {
        const std::lock_guard lock(state_->mutex);
        state_->stopped = true;
    }
    state_->stopping.notify_all();
    state_->watcher.join();
}

std::shared_ptr<grpc::ServerCredentials> TlsIdentity::server_credentials() const {
    tls::TlsServerCredentialsOptions options(state_->provider);
    options.watch_root_certs();
    options.watch_identity_key_cert_pairs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    return tls::TlsServerCredentials(options);
}

std::shared_ptr<grpc::ChannelCredentials> TlsIdentity::channel_credentials() const {
    tls::TlsChannelCredentialsOptions options;
    options.set_certificate_provider(state_->provider);
    options.watch_root_certs();
    options.watch_identity_key_cert_pairs();
    options.set_verify_server_certs(true);
    options.set_certificate_verifier(std::make_shared<tls::HostNameCertificateVerifier>());
    return tls::TlsCredentials(options);
}

}  // namespace quittance::rpc
