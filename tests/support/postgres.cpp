// Databases for tests: copies of templates in one shared server.
#include "support/postgres.hpp"

#include <unistd.h>

#define CATCH_CONFIG_EXTERNAL_INTERFACES
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <map>
#include <mutex>
#include <stdexcept>

#include "support/patience.hpp"

namespace quittance::test {
namespace {

// The server of this executable: made when first asked for, unless one was given from outside.
class SharedServer {
  public:
    SharedServer() {
        const char* given = std::getenv("QUITTANCE_TEST_POSTGRES_URL");
        if (given != nullptr && *given != '\0')
            url_ = given;
        else
            own_ = std::make_unique<PostgresServer>();
    }

    // A server of our own goes as a whole; in a foreign one nothing may stay.
    void drop_templates() {
        const std::lock_guard lock(mutex_);
        if (!own_)
            for (const auto& [kind, name] : templates_) try_drop(name);
        templates_.clear();
    }

    std::string url(const std::string& database) const {
        if (own_) return own_->url(database);
        auto url = url_;
        const auto query = url.find('?');
        const auto path = url.find('/', url.find("://") + 3);
        const auto tail = query == std::string::npos ? std::string() : url.substr(query);
        return url.substr(0, std::min(path, query)) + "/" + database + tail;
    }

    std::string admin_url() const { return own_ ? own_->url() : url_; }

    void run(const std::string& sql) const {
        pqxx::connection connection(admin_url());
        pqxx::nontransaction session(connection);
        session.exec0(sql);
    }

    void try_drop(const std::string& name) const {
        try {
            run("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
        } catch (const std::exception&) {
            // The server may be down on purpose; it takes its databases with it.
        }
    }

    std::string unique_name() {
        return "quittance_test_" + std::to_string(::getpid()) + "_" + std::to_string(++counter_);
    }

    std::string template_of(const std::string& kind, const std::function<void(pqxx::connection&)>& populate) {
        const std::lock_guard lock(mutex_);
        if (const auto found = templates_.find(kind); found != templates_.end()) return found->second;
        const auto name = unique_name();
        run("CREATE DATABASE " + name);
        {
            pqxx::connection connection(url(name));
            populate(connection);
        }
        return templates_[kind] = name;
    }

  private:
    std::unique_ptr<PostgresServer> own_;
    std::string url_;
    std::mutex mutex_;
    std::map<std::string, std::string> templates_;
    std::atomic<int> counter_{0};
};

std::atomic<bool> server_made{false};

SharedServer& shared_server() {
    static SharedServer server;
    server_made = true;
    return server;
}

// At the end of the tests and not at the end of the process: there OpenSSL, which libpq needs for a connection, may be
// gone already.
class TemplateDropper : public Catch::TestEventListenerBase {
  public:
    using TestEventListenerBase::TestEventListenerBase;
    void testRunEnded(const Catch::TestRunStats&) override {  // NOLINT(readability-identifier-naming): Catch2's name
        if (server_made) shared_server().drop_templates();
    }
};

CATCH_REGISTER_LISTENER(TemplateDropper)

}  // namespace

Database::Database() : name_(shared_server().unique_name()), url_(shared_server().url(name_)) {
    shared_server().run("CREATE DATABASE " + name_);
}

Database::Database(const std::string& kind, const std::function<void(pqxx::connection&)>& populate)
    : name_(shared_server().unique_name()), url_(shared_server().url(name_)) {
    const auto create = "CREATE DATABASE " + name_ + " TEMPLATE " + shared_server().template_of(kind, populate);
    // PostgreSQL waits five seconds for sessions of the template to end; on a slow machine one that has been closed may
    // take longer.
    for (const auto deadline = std::chrono::steady_clock::now() + kPatience;;) {
        try {
            shared_server().run(create);
            return;
        } catch (const pqxx::sql_error& failure) {
            constexpr const char* kObjectInUse = "55006";
            if (failure.sqlstate() != kObjectInUse || std::chrono::steady_clock::now() > deadline) throw;
        }
    }
}

Database::~Database() {
    shared_server().try_drop(name_);
}

int Database::terminate_sessions() {
    pqxx::connection connection(shared_server().admin_url());
    pqxx::nontransaction session(connection);
    return session
        .exec1("SELECT count(pg_terminate_backend(pid, 120000)) FROM pg_stat_activity WHERE datname = '" + name_ +
               "' AND pid <> pg_backend_pid()")[0]
        .as<int>();
}

}  // namespace quittance::test
