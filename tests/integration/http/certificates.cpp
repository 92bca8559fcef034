#include "integration/http/certificates.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace quittance::test {
namespace {

const std::string kNewKey = " -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 ";

void run(const std::string& command) {
    // NOLINTNEXTLINE(cert-env33-c,concurrency-mt-unsafe): the command is made of our own words and paths alone
    if (std::system((command + " >/dev/null 2>&1").c_str()) != 0) throw std::runtime_error("failed: " + command);
}

}  // namespace

CertificateAuthority::CertificateAuthority() {
    auto name = (std::filesystem::temp_directory_path() / "quittance-certificates-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a temporary directory");
    directory_ = name;
    run("openssl req -x509" + kNewKey + "-subj /CN=quittance-test-authority -keyout " + directory_ + "/ca.key -out " +
        file());
}

CertificateAuthority::~CertificateAuthority() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
}

CertificateAuthority::Pair CertificateAuthority::issue(const std::string& names) {
    const auto base = directory_ + "/leaf-" + std::to_string(issued_++);
    Pair pair{base + ".pem", base + ".key"};
    run("openssl req -x509 -CA " + file() + " -CAkey " + directory_ + "/ca.key" + kNewKey +
        "-subj /CN=quittance-test -addext basicConstraints=critical,CA:FALSE -addext subjectAltName=" + names +
        " -keyout " + pair.key + " -out " + pair.certificate);
    return pair;
}

CertificateAuthority::Pair CertificateAuthority::issue_expired(const std::string& names) {
    const auto base = directory_ + "/leaf-" + std::to_string(issued_++);
    Pair pair{base + ".pem", base + ".key"};
    run("openssl req" + kNewKey + "-subj /CN=quittance-test -addext subjectAltName=" + names + " -keyout " + pair.key +
        " -out " + base + ".csr");
    run("openssl x509 -req -days -1 -copy_extensions copyall -CA " + file() + " -CAkey " + directory_ + "/ca.key -in " +
        base + ".csr -out " + pair.certificate);
    return pair;
}

std::string CertificateAuthority::write(const std::string& name, const std::string& content) const {
    const auto path = directory_ + "/" + name;
    std::ofstream file(path, std::ios::binary);
    file << content;
    if (!file.flush()) throw std::runtime_error("cannot write " + path);
    return path;
}

}  // namespace quittance::test
