// One side of a connection with mutual TLS: files like those of a mounted Kubernetes Secret, and the identity that
// reads them.
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

// The names of a server on loopback, beside the name of its service.
inline const std::string kLoopback = "DNS:localhost,IP:127.0.0.1";

std::string content_of(const std::string& path);

// A directory with tls.crt, tls.key and ca.crt, which link through `..data` to the directory of the current version.
// One rename replaces all three, as the kubelet does.
class MountedSecret {
  public:
    MountedSecret(const CertificateAuthority::Pair& pair, const std::string& ca);
    ~MountedSecret();
    MountedSecret(const MountedSecret&) = delete;
    MountedSecret& operator=(const MountedSecret&) = delete;

    void replace(const CertificateAuthority::Pair& pair, const std::string& ca);
    // Replaces a single file by a rename, as an operator may do. The rename is atomic: a file that is incomplete in two
    // polls would count as another change.
    void overwrite(const std::string& name, const std::string& content) const;
    void remove(const std::string& name) const;
    rpc::TlsFiles files() const;

  private:
    std::filesystem::path directory_;
    int version_ = 0;
};

class TlsSide {
  public:
    // `names` are those of the certificate: "DNS:edge".
    TlsSide(CertificateAuthority& authority, const std::string& names) : TlsSide(authority.issue(names), authority) {}
    TlsSide(const CertificateAuthority::Pair& pair, const CertificateAuthority& authority);

    rpc::Transport transport() const { return rpc::Transport::mutual_tls(identity_); }
    rpc::ServerOptions serving() const;
    rpc::ChannelOptions calling(const std::string& address) const;
    MountedSecret& secret() { return secret_; }
    rpc::TlsFiles files() const { return secret_.files(); }
    std::string metrics() { return metrics_.text(); }
    // Waits until this many changes of the files were accepted or refused.
    bool has_taken(int changes);
    bool has_refused(int changes);

  private:
    bool tells(const std::string& line);

    runtime::Metrics metrics_;
    MountedSecret secret_;
    std::shared_ptr<rpc::TlsIdentity> identity_;
};

}  // namespace quittance::test
