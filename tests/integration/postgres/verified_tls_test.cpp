// A PostgreSQL with TLS and SCRAM: who is believed to be the database, and who gets the password.
#include <catch2/catch.hpp>
#include <chrono>
#include <string>

#include "integration/http/certificates.hpp"
#include "postgres/connection.hpp"
#include "postgres/database_url.hpp"
#include "runtime/configuration.hpp"
#include "support/postgres.hpp"

using namespace quittance;
using Catch::Contains;

namespace {

constexpr std::chrono::milliseconds kStatementTimeout{60'000};

test::PostgresOptions with_tls(const test::CertificateAuthority::Pair& pair) {
    test::PostgresOptions options;
    options.certificate = pair.certificate;
    options.key = pair.key;
    // The role scram may come in the clear as well, so that only the client refuses; md5 is a server that cannot bind.
    options.hba =
        "host all quittance 127.0.0.1/32 trust\nhost all scram 127.0.0.1/32 scram-sha-256\n"
        "host all trusted 127.0.0.1/32 trust\n";
    return options;
}

class Encrypted {
  public:
    explicit Encrypted(const test::CertificateAuthority::Pair& pair) : server_(with_tls(pair)) {
        pqxx::connection connection(server_.url());
        pqxx::nontransaction session(connection);
        session.exec0("CREATE ROLE scram LOGIN PASSWORD 'topsecret'; CREATE ROLE trusted LOGIN");
    }

    // As the store connects to a database of that name. The address is added behind the check, because the name leads
    // nowhere.
    std::string connect(const std::string& user, const std::string& name, const std::string& ca,
                        const std::string& more = {}) const {
        postgres::DatabaseUrlRules rules;
        rules.ca_file = ca;
        const auto address = server_.address();
        const auto url =
            "postgresql://" + user + ":topsecret@" + name + address.substr(address.find(':')) + "/postgres" + more;
        const auto read = postgres::read_database_url("DATABASE_URL", url, rules);
        try {
            const auto connection = postgres::connect(read.text + " hostaddr=127.0.0.1", kStatementTimeout);
            pqxx::nontransaction session(*connection);
            return session
                .exec1(
                    "SELECT CASE WHEN ssl THEN version ELSE 'clear' END FROM pg_stat_ssl"
                    " WHERE pid = pg_backend_pid()")[0]
                .as<std::string>();
        } catch (const std::exception& failure) {
            return failure.what();
        }
    }

  private:
    test::PostgresServer server_;
};

}  // namespace

TEST_CASE("only a server with a certificate of our authority and with its name gets the password") {
    test::CertificateAuthority ours;
    test::CertificateAuthority theirs;
    const Encrypted database(ours.issue("DNS:db.example"));
    CHECK(database.connect("scram", "db.example", ours.file()) == "TLSv1.3");
    CHECK_THAT(database.connect("scram", "db.example", theirs.file()), Contains("certificate verify failed"));
    CHECK_THAT(database.connect("scram", "other.example", ours.file()), Contains("does not match host name"));
    // Channel binding: a server that asks for no password could be anybody's who stole a certificate's name.
    CHECK_THAT(database.connect("trusted", "db.example", ours.file()), Contains("channel binding"));
    CHECK(database.connect("trusted", "db.example", ours.file(), "?channel_binding=prefer") == "TLSv1.3");
}

TEST_CASE("a server without TLS gets no password") {
    const test::CertificateAuthority authority;
    test::PostgresServer server;
    postgres::DatabaseUrlRules rules;
    rules.ca_file = authority.file();
    const auto address = server.address();
    const auto url = "postgresql://quittance:topsecret@db.example" + address.substr(address.find(':')) + "/postgres";
    const auto read = postgres::read_database_url("DATABASE_URL", url, rules);
    CHECK_THROWS_WITH(postgres::connect(read.text + " hostaddr=127.0.0.1", kStatementTimeout),
                      Contains("does not support SSL"));
    rules.verified = false;
    const auto unverified = postgres::read_database_url("DATABASE_URL", url, rules);
    CHECK(unverified.protection == postgres::Protection::kUnverified);
    CHECK_NOTHROW(postgres::connect(unverified.text + " hostaddr=127.0.0.1", kStatementTimeout));
}
