// One side of a connection with mutual TLS: files as Kubernetes mounts a Secret's, and the identity that reads them.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "integration/http/certificates.hpp"
#include "rpc/client/client.hpp"
#include "rpc/server/server.hpp"
#include "runtime/metrics.hpp"

namespace quittance::test {

// Names that a server on loopback has, beside its service's.
inline const std::string kLoopback = "DNS:localhost,IP:127.0.0.1";

std::string content_of(const std::string& path);

// A directory with tls.crt, tls.key and ca.crt, which are links through `..data` to a directory of the present version:
// one rename replaces all three, as the kubelet does it.
class MountedSecret {
  public:
    MountedSecret(const CertificateAuthority::Pair& pair, const std::string& ca);
    ~MountedSecret();
    MountedSecret(const MountedSecret&) = delete;
    MountedSecret& operator=(const MountedSecret&) = delete;

    void replace(const CertificateAuthority::Pair& pair, const std::string& ca);
    // Replaces one file alone, as somebody does who moves one into a directory. All of it at once: what is half there
    // for two looks would be one more change.
    void overwrite(const std::string& name, const std::string& content) const;
    void remove(const std::string& name) const;
    rpc::TlsFiles files() const;

  private:
    std::filesystem::path directory_;
    int version_ = 0;
};

class TlsSide {
  public:
    // `names` of its certificate: "DNS:edge".
    TlsSide(CertificateAuthority& authority, const std::string& names) : TlsSide(authority.issue(names), authority) {}
    TlsSide(const CertificateAuthority::Pair& pair, const CertificateAuthority& authority);

    rpc::Transport transport() const { return rpc::Transport::mutual_tls(identity_); }
    rpc::ServerOptions serving() const;
    rpc::ChannelOptions calling(const std::string& address) const;
    MountedSecret& secret() { return secret_; }
    rpc::TlsFiles files() const { return secret_.files(); }
    std::string metrics() { return metrics_.text(); }
    // Waits until that many changes of its files were taken, or refused.
    bool has_taken(int changes);
    bool has_refused(int changes);

  private:
    bool tells(const std::string& line);

    runtime::Metrics metrics_;
    MountedSecret secret_;
    std::shared_ptr<rpc::TlsIdentity> identity_;
};

}  // namespace quittance::test
