// The transport between services: mutual TLS, or plaintext. Plaintext has to be chosen by name: without a choice there
// is no connection at all, so that a forgotten setting never means plaintext.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "rpc/tls/tls_identity.hpp"
#include "runtime/configuration.hpp"
#include "runtime/metrics.hpp"

namespace quittance::rpc {

class Transport {
  public:
    // Not chosen: a Server and a channel refuse it.
    Transport() = default;
    static Transport plaintext();
    static Transport mutual_tls(std::shared_ptr<TlsIdentity> identity);

    bool decided() const { return plaintext_ || identity_; }
    bool is_tls() const { return identity_ != nullptr; }
    // Throw std::runtime_error if nothing was chosen.
    std::shared_ptr<grpc::ServerCredentials> server_credentials() const;
    std::shared_ptr<grpc::ChannelCredentials> channel_credentials() const;
    // To connect to our own port (TlsIdentity::probe_credentials).
    std::shared_ptr<grpc::ChannelCredentials> probe_credentials() const;

  private:
    bool plaintext_ = false;
    std::shared_ptr<TlsIdentity> identity_;
};

// The settings RPC_TRANSPORT, TLS_CERT, TLS_KEY and TLS_CA, added to a service's own.
std::vector<runtime::Setting> with_transport_settings(std::span<const runtime::Setting> settings);

// Throws runtime::ConfigurationError, which names a missing or contradictory setting, and std::runtime_error if the
// files cannot be used.
Transport read_transport(const runtime::Configuration& configuration, runtime::Metrics& metrics);
// The same without a configuration. `word`: "tls" or "plaintext".
Transport choose_transport(const std::string& word, const TlsFiles& files, runtime::Metrics& metrics);

}  // namespace quittance::rpc
