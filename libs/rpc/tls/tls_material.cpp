#include "rpc/tls/tls_material.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctime>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace quittance::rpc {
namespace {

constexpr std::size_t kMostBytes = 1024 * 1024;  // a bundle of authorities has some kilobytes

template <auto free>
struct Freed {
    template <class T>
    void operator()(T* object) const {
        free(object);
    }
};
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;

// Otherwise OpenSSL would ask for the passphrase of a key on the terminal.
int no_passphrase(char*, int, int, void*) {
    return -1;
}

Bio over(const std::string& text) {
    return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// All certificates in the text. Throws if one of them is broken or there is none.
std::vector<Certificate> certificates_of(const std::string& text, std::string_view which) {
    std::vector<Certificate> found;
    const auto source = over(text);
    ERR_clear_error();
    while (auto* one = PEM_read_bio_X509(source.get(), nullptr, no_passphrase, nullptr)) found.emplace_back(one);
    const auto why = ERR_GET_REASON(ERR_peek_last_error());
    ERR_clear_error();
    if (found.empty() || why != PEM_R_NO_START_LINE)
        throw std::runtime_error("the " + std::string(which) + " is no PEM certificate, or a broken one");
    return found;
}

std::chrono::system_clock::time_point expiry_of(const X509& certificate) {
    std::tm time{};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(&certificate), &time) != 1)
        throw std::runtime_error("the certificate's end cannot be read");
    return std::chrono::system_clock::from_time_t(::timegm(&time));
}

std::string serial_of(X509& certificate) {
    const Number number(ASN1_INTEGER_to_BN(X509_get_serialNumber(&certificate), nullptr));
    char* digits = number ? BN_bn2hex(number.get()) : nullptr;
    std::string text = digits == nullptr ? "" : digits;
    OPENSSL_free(digits);
    return text;
}

std::string read_pem(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::string text(kMostBytes + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (file.bad() || text.empty() || text.size() > kMostBytes)
        throw std::runtime_error("cannot read the PEM file " + path);
    return text;
}

}  // namespace

TlsMaterial read_material(const TlsFiles& files) {
    return {read_pem(files.certificate), read_pem(files.key), read_pem(files.ca)};
}

TlsFacts check_material(const TlsMaterial& material, std::chrono::system_clock::time_point now) {
    const auto chain = certificates_of(material.certificate, "certificate");
    const auto authorities = certificates_of(material.ca, "authority's certificate");
    const auto source = over(material.key);
    const Key key(PEM_read_bio_PrivateKey(source.get(), nullptr, no_passphrase, nullptr));
    ERR_clear_error();
    if (!key) throw std::runtime_error("the key is no PEM private key, or has a passphrase");
    const bool belongs = X509_check_private_key(chain.front().get(), key.get()) == 1;
    ERR_clear_error();
    if (!belongs) throw std::runtime_error("the key does not belong to the certificate");
    const auto expires = expiry_of(*chain.front());
    if (expires <= now) throw std::runtime_error("the certificate has expired");
    return {serial_of(*chain.front()), expires};
}

}  // namespace quittance::rpc
