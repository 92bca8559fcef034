// Transport security from PEM files, or plaintext where none are named. Inside the library only.
#pragma once

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

namespace quittance::rpc {

struct TlsFiles {
    std::string certificate;
    std::string key;
    std::string ca;

    bool any() const { return !certificate.empty() || !key.empty() || !ca.empty(); }
    // Throws std::runtime_error unless all three are named or none is.
    void check() const {
        if (any() && (certificate.empty() || key.empty() || ca.empty()))
            throw std::runtime_error("TLS_CERT, TLS_KEY and TLS_CA go together: give all three or none");
    }
};

inline std::string read_pem(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file || text.str().empty()) throw std::runtime_error("cannot read the PEM file " + path);
    return text.str();
}

}  // namespace quittance::rpc
