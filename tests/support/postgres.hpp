// A private PostgreSQL for tests: in a temporary directory, on a free port of the loopback and a unix socket, gone when
// the test is, also when it crashes. And databases in it, each a fresh copy of a template.
#pragma once

#include <functional>
#include <memory>
#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "support/small_disk.hpp"

namespace quittance::test {

struct PostgresOptions {
    std::vector<std::string> settings;  // "max_connections=20"
    // Which part stands on a disk of a few megabytes that can be filled: the tables, or the write-ahead log.
    enum class Part { kNothing, kTables, kLog } on_small_disk = Part::kNothing;
    // Not a new server but a streaming replica of this one, which must run.
    const class PostgresServer* replica_of = nullptr;
    // PEM files for TLS, which the server copies; empty: it has none.
    std::string certificate;
    std::string key;
    std::string hba;  // the lines of pg_hba.conf; empty: everybody on the loopback is trusted
};

// A server of one's own. Takes about a second to make; most tests use Database, which shares one per executable.
class PostgresServer {
  public:
    // Throws std::runtime_error with the server's own words if it does not come up.
    PostgresServer() : PostgresServer(PostgresOptions{}) {}
    explicit PostgresServer(const PostgresOptions& options);  // also CannotMount
    ~PostgresServer();
    PostgresServer(const PostgresServer&) = delete;
    PostgresServer& operator=(const PostgresServer&) = delete;

    // "postgresql://quittance@127.0.0.1:PORT/database"
    std::string url(const std::string& database = "postgres") const;
    std::string address() const;  // "127.0.0.1:PORT"

    void stop();   // at once, as a crash would, and waits for the end
    void start();  // again on the same port, with the data as they were
    void kill();   // SIGKILL, to stay dead: its sessions go by themselves a moment later

    const SmallDisk& small_disk() const;  // only where the options asked for one

  private:
    struct State;
    std::unique_ptr<State> state_;
};

// A database of one's own, dropped at the end. In the server that QUITTANCE_TEST_POSTGRES_URL names (any database of
// it, as a user who may create databases), else in one that this executable starts.
class Database {
  public:
    Database();  // empty
    // A copy of a template that `populate` fills once per executable; `kind` tells templates apart.
    Database(const std::string& kind, const std::function<void(pqxx::connection&)>& populate);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    const std::string& url() const { return url_; }
    const std::string& name() const { return name_; }

    // Ends every session that others have in it, as an administrator or a fail-over would, and waits
    // until they are gone. Returns how many.
    int terminate_sessions();

  private:
    std::string name_;
    std::string url_;
};

}  // namespace quittance::test
