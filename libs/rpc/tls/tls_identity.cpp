#include "rpc/tls/tls_identity.hpp"

#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <deque>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "rpc/grpc_settings.hpp"
#include "rpc/tls/memory_file.hpp"
#include "runtime/log.hpp"
#include "runtime/watched_file.hpp"

namespace quittance::rpc {
namespace {

namespace tls = grpc::experimental;

constexpr unsigned kGrpcPollSeconds = 1;  // gRPC's minimum

std::optional<TlsMaterial> try_read(const TlsFiles& files) {
    try {
        return read_material(files);
    } catch (const std::runtime_error&) {
        return std::nullopt;
    }
}

// gRPC reads key and certificate one after the other. In one file they always belong together.
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

// gRPC's own thread may read once more after our last reference is gone, and its end cannot be observed. So these files
// exist until the process ends. A service has one identity.
MemoryFile& lasting_file(std::string_view content) {
    static std::mutex mutex;
    static auto& files = *new std::deque<MemoryFile>;  // never destroyed
    const std::lock_guard lock(mutex);
    return files.emplace_back(content);
}

runtime::Counter changes(runtime::Metrics& metrics, const char* result) {
    return metrics.counter("quittance_tls_file_changes_total",
                           "Changes of the TLS files; new connections use what was taken within a second or so.",
                           {{"result", result}});
}

}  // namespace

struct TlsIdentity::State {
    State(const TlsIdentityOptions& given, const TlsMaterial& material, runtime::Metrics& metrics)
        : options(given),
          pair(lasting_file(pair_of(material))),
          authorities(lasting_file(material.ca)),
          taken(changes(metrics, "taken")),
          refused(changes(metrics, "refused")),
          unfit(metrics.gauge("quittance_tls_files_unfit", "1 while the TLS files hold what cannot be used.")),
          expires(metrics.gauge("quittance_tls_certificate_expires_timestamp_seconds",
                                "When the certificate in use expires, in seconds since 1970.")) {}

    void watch_files(TlsMaterial current) {
        runtime::FileWatch<TlsMaterial> watch;
        watch.name = "TLS files";
        watch.interval = options.poll_interval;
        watch.read = [this] { return try_read(options.files); };
        watch.accept = [this](const TlsMaterial& material) { put_to_use(material); };
        // Without the content: one of the files is a secret.
        watch.refuse = [this](std::string_view why) {
            unfit.set(1);
            runtime::log_error("the TLS files changed and are refused; those before stay in use", {{"why", why}});
            refused.increment();
        };
        files.emplace(std::move(watch), std::move(current));
    }

    void put_to_use(const TlsMaterial& material) {
        const auto facts = check_material(material, std::chrono::system_clock::now());
        pair.replace(pair_of(material));
        authorities.replace(material.ca);
        show_expiry(facts);
        unfit.set(0);
        runtime::log_info("the TLS files were changed; new connections use them within a second or so",
                          {{"serial", facts.serial}});
        taken.increment();  // last: a reader of this counter finds the rest updated
    }

    void show_expiry(const TlsFacts& facts) {
        expires.set(std::chrono::duration<double>(facts.expires.time_since_epoch()).count());
    }

    const TlsIdentityOptions options;
    MemoryFile& pair;
    MemoryFile& authorities;
    runtime::Counter taken;
    runtime::Counter refused;
    runtime::Gauge unfit;
    runtime::Gauge expires;
    std::shared_ptr<tls::CertificateProviderInterface> provider;
    std::optional<runtime::WatchedFile<TlsMaterial>> files;  // last: its thread uses the rest
};

TlsIdentity::TlsIdentity(const TlsIdentityOptions& options, runtime::Metrics& metrics) {
    set_before_grpc_starts();
    auto material = read_material(options.files);
    const auto facts = check_first(options.files, material);
    state_ = std::make_unique<State>(options, material, metrics);
    state_->show_expiry(facts);
    state_->provider = std::make_shared<tls::FileWatcherCertificateProvider>(
        state_->pair.path(), state_->pair.path(), state_->authorities.path(), kGrpcPollSeconds);
    state_->watch_files(std::move(material));
}

TlsIdentity::~TlsIdentity() = default;

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

std::shared_ptr<grpc::ChannelCredentials> TlsIdentity::probe_credentials() const {
    tls::TlsChannelCredentialsOptions options;
    options.set_certificate_provider(state_->provider);
    options.watch_identity_key_cert_pairs();
    options.set_verify_server_certs(false);
    options.set_certificate_verifier(std::make_shared<tls::NoOpCertificateVerifier>());
    options.set_check_call_host(false);
    return tls::TlsCredentials(options);
}

}  // namespace quittance::rpc
