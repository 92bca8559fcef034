// What a service shows and whom it trusts: the texts of three PEM files, and whether they are fit for use together.
// Inside the library only.
#pragma once

#include <chrono>
#include <string>

namespace quittance::rpc {

// Paths, as TLS_CERT, TLS_KEY and TLS_CA name them.
struct TlsFiles {
    std::string certificate;  // ours, then those between it and the authority, if any
    std::string key;
    std::string ca;  // who signs the others' certificates; several while an authority is replaced
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

// Throws std::runtime_error, which says what is wrong and quotes nothing: unless key and certificate belong together,
// the certificate is valid now or later, and there is at least one authority to trust.
TlsFacts check_material(const TlsMaterial& material, std::chrono::system_clock::time_point now);

}  // namespace quittance::rpc
