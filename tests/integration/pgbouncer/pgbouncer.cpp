#include "integration/pgbouncer/pgbouncer.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <pqxx/pqxx>

#include "integration/webhook_ingester/sender.hpp"

namespace quittance::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kProgram = "/usr/sbin/pgbouncer";

int free_port() {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    REQUIRE(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
    REQUIRE(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    ::close(listener);
    return ntohs(address.sin_port);
}

std::string configuration(const PostgresServer& server, const PgBouncerOptions& options, int port) {
    const auto address = server.address();
    const auto colon = address.find(':');
    std::string text = "[databases]\npostgres = host=" + address.substr(0, colon) +
                       " port=" + address.substr(colon + 1) + " dbname=postgres user=quittance";
    if (!options.session_settings.empty()) text += " connect_query='" + options.session_settings + "'";
    return text + "\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = " + std::to_string(port) +
           "\nunix_socket_dir =\nauth_type = any\npool_mode = transaction\nserver_round_robin = 1\ndefault_pool_size "
           "= " +
           std::to_string(options.sessions) + "\nmin_pool_size = " + std::to_string(options.sessions) +
           "\nmax_client_conn = 200\nserver_login_retry = 1\n";
}

}  // namespace

PgBouncer::PgBouncer(const PostgresServer& server, const PgBouncerOptions& options) {
    std::string pattern = (fs::temp_directory_path() / "quittance-pgbouncer-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    directory_ = pattern;
    fs::permissions(directory_, fs::perms(0755));
    for (int attempt = 0; attempt < 5; ++attempt) {
        port_ = free_port();
        std::ofstream(directory_ / "pgbouncer.ini") << configuration(server, options, port_);
        start();
        if (process_->running()) return;
    }
    FAIL("PgBouncer does not start:\n" << process_->log());
}

PgBouncer::~PgBouncer() {
    process_.reset();
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
}

std::string PgBouncer::url() const {
    return "postgresql://quittance@127.0.0.1:" + std::to_string(port_) + "/postgres";
}

bool PgBouncer::answers() {
    try {
        const pqxx::connection probe(url());
        return true;
    } catch (const pqxx::broken_connection&) {
        return false;
    }
}

void PgBouncer::kill() {
    process_->kill();
}

void PgBouncer::start() {
    process_.reset();
    std::vector<std::string> arguments = {"-q", (directory_ / "pgbouncer.ini").string()};
    // It refuses to run as root.
    if (::geteuid() == 0) arguments.insert(arguments.begin(), {"-u", "postgres"});
    process_ = std::make_unique<Process>(ProcessOptions{kProgram, std::move(arguments), {}});
    wait_until([this] { return !process_->running() || answers(); });
}

}  // namespace quittance::test
