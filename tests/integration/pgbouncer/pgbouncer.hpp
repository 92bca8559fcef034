// A PgBouncer in transaction mode before a server, with so few sessions, taken in turn, that no two transactions of a
// client can count on the same one.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "support/postgres.hpp"
#include "support/process.hpp"

namespace quittance::test {

struct PgBouncerOptions {
    int sessions = 3;
    std::string session_settings;  // sent once on each of them
};

class PgBouncer {
  public:
    explicit PgBouncer(const PostgresServer& server, const PgBouncerOptions& options = {});
    ~PgBouncer();
    PgBouncer(const PgBouncer&) = delete;
    PgBouncer& operator=(const PgBouncer&) = delete;

    std::string url() const;
    void kill();   // SIGKILL
    void start();  // again, on the same port

  private:
    bool answers();

    std::filesystem::path directory_;
    int port_ = 0;
    std::unique_ptr<Process> process_;
};

}  // namespace quittance::test
