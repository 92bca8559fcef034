#include "rpc/tls/transport.hpp"

#include <array>
#include <stdexcept>
#include <utility>

#include "runtime/log.hpp"

namespace quittance::rpc {
namespace {

constexpr std::array<runtime::Setting, 4> kSettings{{
    {"RPC_TRANSPORT",
     "tls: mutual TLS between the services, by TLS_CERT, TLS_KEY and TLS_CA; plaintext: none, for one's own machine.",
     "tls"},
    {"TLS_CERT", "PEM file: our certificate towards other services. The three are read again when they change.", ""},
    {"TLS_KEY", "PEM file: its key.", ""},
    {"TLS_CA", "PEM file: who signs the other services' certificates.", ""},
}};

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i)
        text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
    return text;
}

[[noreturn]] void fail_undecided() {
    throw std::runtime_error("neither mutual TLS nor plaintext was asked for");
}

}  // namespace

Transport Transport::plaintext() {
    Transport transport;
    transport.plaintext_ = true;
    return transport;
}

Transport Transport::mutual_tls(std::shared_ptr<TlsIdentity> identity) {
    Transport transport;
    transport.identity_ = std::move(identity);
    return transport;
}

std::shared_ptr<grpc::ServerCredentials> Transport::server_credentials() const {
    if (identity_) return identity_->server_credentials();
    if (!plaintext_) fail_undecided();
    return grpc::InsecureServerCredentials();
}

std::shared_ptr<grpc::ChannelCredentials> Transport::channel_credentials() const {
    if (identity_) return identity_->channel_credentials();
    if (!plaintext_) fail_undecided();
    return grpc::InsecureChannelCredentials();
}

std::shared_ptr<grpc::ChannelCredentials> Transport::probe_credentials() const {
    return identity_ ? identity_->probe_credentials() : channel_credentials();
}

std::vector<runtime::Setting> with_transport_settings(std::span<const runtime::Setting> settings) {
    std::vector<runtime::Setting> all(settings.begin(), settings.end());
    all.insert(all.end(), kSettings.begin(), kSettings.end());
    return all;
}

Transport read_transport(const runtime::Configuration& configuration, runtime::Metrics& metrics) {
    const TlsFiles files{configuration.text("TLS_CERT"), configuration.text("TLS_KEY"), configuration.text("TLS_CA")};
    auto transport = choose_transport(configuration.text("RPC_TRANSPORT"), files, metrics);
    if (!transport.is_tls())
        runtime::log_warn("RPC_TRANSPORT=plaintext: calls between services are neither encrypted nor authenticated");
    return transport;
}

Transport choose_transport(const std::string& word, const TlsFiles& files, runtime::Metrics& metrics) {
    std::vector<std::string> given;
    std::vector<std::string> missing;
    (files.certificate.empty() ? missing : given).emplace_back("TLS_CERT");
    (files.key.empty() ? missing : given).emplace_back("TLS_KEY");
    (files.ca.empty() ? missing : given).emplace_back("TLS_CA");
    if (word == "plaintext") {
        if (!given.empty())
            throw runtime::ConfigurationError("RPC_TRANSPORT=plaintext does not go with " + joined(given) +
                                              ": leave the one or the other out");
        return Transport::plaintext();
    }
    if (word != "tls") throw runtime::ConfigurationError("RPC_TRANSPORT must be tls or plaintext");
    if (!missing.empty())
        throw runtime::ConfigurationError("mutual TLS needs TLS_CERT, TLS_KEY and TLS_CA, and " + joined(missing) +
                                          (missing.size() == 1 ? " is" : " are") +
                                          " missing; without TLS: RPC_TRANSPORT=plaintext");
    return Transport::mutual_tls(std::make_shared<TlsIdentity>(TlsIdentityOptions{files}, metrics));
}

}  // namespace quittance::rpc
