#include "integration/http/tls_peer.hpp"

#include <openssl/ssl.h>

#include <array>
#include <csignal>
#include <stdexcept>

namespace quittance::test {

struct TlsPeer::Context {
    SSL_CTX* context = SSL_CTX_new(TLS_server_method());
    ~Context() { SSL_CTX_free(context); }
};

struct TlsPeer::Stream::State {
    SSL* ssl = nullptr;
    std::string buffer;
    ~State() { SSL_free(ssl); }
};

TlsPeer::TlsPeer(const CertificateAuthority::Pair& pair) : context_(std::make_unique<Context>()) {
    // OpenSSL writes to sockets without MSG_NOSIGNAL.
    std::signal(SIGPIPE, SIG_IGN);
    if (SSL_CTX_use_certificate_chain_file(context_->context, pair.certificate.c_str()) != 1 ||
        SSL_CTX_use_PrivateKey_file(context_->context, pair.key.c_str(), SSL_FILETYPE_PEM) != 1)
        throw std::runtime_error("cannot use " + pair.certificate);
}
TlsPeer::~TlsPeer() = default;

TlsPeer::Stream::Stream(TlsPeer& peer, RawConnection& connection) : state_(std::make_unique<State>()) {
    state_->ssl = SSL_new(peer.context_->context);
    SSL_set_fd(state_->ssl, connection.descriptor());
}
TlsPeer::Stream::~Stream() = default;

bool TlsPeer::Stream::shake_hands() {
    return SSL_accept(state_->ssl) == 1;
}

std::string TlsPeer::Stream::read_request() {
    std::array<char, 4096> bytes{};
    while (state_->buffer.find("\r\n\r\n") == std::string::npos) {
        const int got = SSL_read(state_->ssl, bytes.data(), static_cast<int>(bytes.size()));
        if (got <= 0) return {};
        state_->buffer.append(bytes.data(), static_cast<std::size_t>(got));
    }
    return std::exchange(state_->buffer, {});
}

void TlsPeer::Stream::write(const std::string& bytes) {
    if (SSL_write(state_->ssl, bytes.data(), static_cast<int>(bytes.size())) <= 0)
        throw std::runtime_error("the TLS peer is gone");
}

std::string TlsPeer::Stream::asked_name() const {
    const char* name = SSL_get_servername(state_->ssl, TLSEXT_NAMETYPE_host_name);
    return name == nullptr ? std::string() : std::string(name);
}

bool TlsPeer::Stream::resumed() const {
    return SSL_session_reused(state_->ssl) == 1;
}

}  // namespace quittance::test
