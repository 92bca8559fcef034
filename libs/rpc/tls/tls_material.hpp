// The texts of three PEM files (certificate, key, authorities), and the check that they can be used together. For
// libs/rpc only.
#pragma once

#include <chrono>
#include <string>

namespace quittance::rpc {

// Paths, as TLS_CERT, TLS_KEY and TLS_CA name them.
struct TlsFiles {
    std::string certificate;  // ours, then intermediate ones, if any
    std::string key;
    std::string ca;  // the trusted authorities; several while one is replaced
};

struct TlsMaterial {
    std::string certificate;
    std::string key;
    std::string ca;

    bool operator==(const TlsMaterial&) const = default;
};

struct TlsFacts {
    std::string serial;  // of our certificate, hex digits
    std::chrono::system_clock::time_point expires;
};

// Throws std::runtime_error, which names the file that cannot be read.
TlsMaterial read_material(const TlsFiles& files);

// Throws std::runtime_error, which quotes no content, unless key and certificate belong together, the certificate is
// valid now or later, and there is at least one authority.
TlsFacts check_material(const TlsMaterial& material, std::chrono::system_clock::time_point now);

}  // namespace quittance::rpc
