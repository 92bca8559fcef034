#include "integration/rpc/tls_side.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "integration/http/loop_thread.hpp"
#include "support/patience.hpp"

namespace quittance::test {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kLook{50};

void write_file(const fs::path& path, const std::string& content) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << content;
    if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
}

}  // namespace

std::string content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

MountedSecret::MountedSecret(const CertificateAuthority::Pair& pair, const std::string& ca) {
    auto name = (fs::temp_directory_path() / "quittance-secret-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a temporary directory");
    directory_ = name;
    replace(pair, ca);
    for (const char* file : {"tls.crt", "tls.key", "ca.crt"})
        fs::create_symlink(fs::path("..data") / file, directory_ / file);
}

MountedSecret::~MountedSecret() {
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
}

void MountedSecret::replace(const CertificateAuthority::Pair& pair, const std::string& ca) {
    const auto name = "..version" + std::to_string(++version_);
    const auto fresh = directory_ / name;
    fs::create_directory(fresh);
    write_file(fresh / "tls.crt", content_of(pair.certificate));
    write_file(fresh / "tls.key", content_of(pair.key));
    write_file(fresh / "ca.crt", ca);
    fs::create_directory_symlink(name, directory_ / "..data_new");
    fs::rename(directory_ / "..data_new", directory_ / "..data");
    fs::remove_all(directory_ / ("..version" + std::to_string(version_ - 1)));
}

void MountedSecret::overwrite(const std::string& name, const std::string& content) const {
    const auto fresh = directory_ / "fresh";
    write_file(fresh, content);
    fs::rename(fresh, directory_ / "..data" / name);
}

void MountedSecret::remove(const std::string& name) const {
    fs::remove(directory_ / "..data" / name);
}

rpc::TlsFiles MountedSecret::files() const {
    return {(directory_ / "tls.crt").string(), (directory_ / "tls.key").string(), (directory_ / "ca.crt").string()};
}

TlsSide::TlsSide(const CertificateAuthority::Pair& pair, const CertificateAuthority& authority)
    : secret_(pair, content_of(authority.file())) {
    rpc::TlsIdentityOptions options;
    options.files = secret_.files();
    options.poll_interval = kLook;
    identity_ = std::make_shared<rpc::TlsIdentity>(options, metrics_);
}

rpc::ServerOptions TlsSide::serving() const {
    rpc::ServerOptions options;
    options.transport = transport();
    return options;
}

rpc::ChannelOptions TlsSide::calling(const std::string& address) const {
    rpc::ChannelOptions options;
    options.address = address;
    options.transport = transport();
    return options;
}

bool TlsSide::has_taken(int changes) {
    return tells("quittance_tls_file_changes_total{result=\"taken\"} " + std::to_string(changes));
}

bool TlsSide::has_refused(int changes) {
    return tells("quittance_tls_file_changes_total{result=\"refused\"} " + std::to_string(changes));
}

bool TlsSide::tells(const std::string& line) {
    return eventually([&] { return metrics().find(line + "\n") != std::string::npos; });
}

}  // namespace quittance::test
