#include "integration/pgbouncer/pgbouncer.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <pqxx/pqxx>

#include "integration/webhook_ingester/sender.hpp"
#include "support/free_port.hpp"
#include "support/patience.hpp"

namespace quittance::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kProgram = "/usr/sbin/pgbouncer";

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
    port_ = free_port();
    std::ofstream(directory_ / "pgbouncer.ini") << configuration(server, options, port_);
    start();
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
    if (!eventually([this] { return !process_->running() || answers(); }) || !process_->running())
        throw ProcessError("PgBouncer does not start:\n" + process_->log());
}

}  // namespace quittance::test
