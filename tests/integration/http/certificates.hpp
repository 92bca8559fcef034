// Certificates for tests of TLS, made when they are needed by the openssl command: nothing secret is kept in the
// repository, and nothing in it expires.
#pragma once

#include <string>

namespace quittance::test {

// PEM files in a directory that goes away with the object.
class CertificateAuthority {
  public:
    CertificateAuthority();
    ~CertificateAuthority();
    CertificateAuthority(const CertificateAuthority&) = delete;
    CertificateAuthority& operator=(const CertificateAuthority&) = delete;

    struct Pair {
        std::string certificate;  // paths
        std::string key;
    };
    // A certificate signed by this authority for those names: "DNS:localhost,IP:127.0.0.1".
    Pair issue(const std::string& names);
    // One that has expired, which only a caller would ever use.
    Pair issue_expired(const std::string& names);
    std::string file() const { return directory_ + "/ca.pem"; }
    // A file in the same directory with that content.
    std::string write(const std::string& name, const std::string& content) const;

  private:
    std::string directory_;
    int issued_ = 0;
};

}  // namespace quittance::test
