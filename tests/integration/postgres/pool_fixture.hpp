// A pool on a database of its own, and one statement at a time through it.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <string>

#include "postgres/pool.hpp"
#include "support/postgres.hpp"

namespace quittance::test {

class PoolFixture {
  public:
    explicit PoolFixture(postgres::PoolOptions options = {}) : pool_(with_url(std::move(options)), metrics_) {}

    postgres::Pool& pool() { return pool_; }
    Database& database() { return database_; }

    // The first field of the statement's first row, empty where it has none.
    rpc::Result<std::string> run(const std::string& sql,
                                 std::chrono::milliseconds patience = std::chrono::seconds(30)) {
        boost::asio::io_context loop;
        auto statement = [this, sql, patience]() -> boost::asio::awaitable<rpc::Result<std::string>> {
            const auto work = [&sql](pqxx::connection& connection) -> rpc::Result<std::string> {
                pqxx::nontransaction session(connection);
                const auto rows = session.exec(sql);
                return std::string(rows.empty() ? "" : rows[0][0].c_str());
            };
            co_return co_await pool_.run(work, std::chrono::system_clock::now() + patience);
        };
        auto answer = boost::asio::co_spawn(loop, statement, boost::asio::use_future);
        loop.run();
        return answer.get();
    }

  private:
    postgres::PoolOptions with_url(postgres::PoolOptions options) {
        options.url = database_.url();
        options.name = "test";
        return options;
    }

    Database database_;
    runtime::Metrics metrics_;
    postgres::Pool pool_;
};

}  // namespace quittance::test
