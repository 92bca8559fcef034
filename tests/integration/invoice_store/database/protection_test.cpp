// The program and a database on another machine: verified TLS or none of it, and no password in the log. The address
// 0.0.0.0 leads to this machine, and is no loopback by name.
#include <catch2/catch.hpp>
#include <chrono>
#include <string>

#include "integration/http/certificates.hpp"
#include "support/postgres.hpp"
#include "support/process.hpp"

using namespace quittance;
using namespace std::chrono_literals;
using Catch::Contains;

namespace {

test::Process migration(std::map<std::string, std::string> settings) {
    settings.emplace("MIGRATE", "only");
    return test::Process({test::our_program("quittance-invoice-store"), {}, settings});
}

// The exit code and what was printed.
std::pair<int, std::string> ended(std::map<std::string, std::string> settings) {
    auto process = migration(std::move(settings));
    const auto exit = process.wait(180s);
    return {exit ? exit->code : -1, process.log()};
}

}  // namespace

TEST_CASE("the program connects to a verified PostgreSQL and to no other") {
    test::CertificateAuthority ours;
    test::CertificateAuthority theirs;
    const auto right = ours.issue("IP:0.0.0.0");
    test::PostgresOptions options;
    options.certificate = right.certificate;
    options.key = right.key;
    options.hba = "host all quittance 127.0.0.1/32 trust\nhost all scram 127.0.0.1/32 scram-sha-256\n";
    const test::PostgresServer server(options);
    {
        pqxx::connection connection(server.url());
        pqxx::nontransaction session(connection);
        session.exec0("SET password_encryption = 'scram-sha-256'; CREATE ROLE scram LOGIN PASSWORD 'topsecret'");
        session.exec0("CREATE DATABASE billing OWNER scram");
    }
    const auto address = server.address();
    const auto url = "postgresql://scram:topsecret@0.0.0.0" + address.substr(address.find(':')) + "/billing";

    const auto [code, log] = ended({{"DATABASE_URL", url}, {"DATABASE_CA", ours.file()}});
    CHECK(code == 0);
    CHECK_THAT(log, Contains("the schema is current"));

    const auto [foreign, foreign_log] = ended({{"DATABASE_URL", url}, {"DATABASE_CA", theirs.file()}});
    CHECK(foreign == 1);
    CHECK_THAT(foreign_log, Contains("certificate verify failed") && !Contains("topsecret"));

    const auto [clear, clear_log] = ended({{"DATABASE_URL", url + "?sslmode=disable"}, {"DATABASE_CA", ours.file()}});
    CHECK(clear == 1);
    CHECK_THAT(clear_log, Contains("DATABASE_URL") && Contains("DATABASE_TLS=unverified") && !Contains("topsecret"));

    const auto [allowed, allowed_log] =
        ended({{"DATABASE_URL", url + "?sslmode=disable"}, {"DATABASE_TLS", "unverified"}});
    CHECK(allowed == 0);
    CHECK_THAT(allowed_log, Contains("DATABASE_TLS=unverified") && !Contains("topsecret"));
}

TEST_CASE("a mistyped URL stops the start, and its password stays out of the log") {
    for (const auto* name : {"DATABASE_URL", "DATABASE_OWNER_URL"}) {
        const auto [code, log] = ended({{name, "postgresql://q:top%secret@db.example/d"}});
        CHECK(code == 1);
        CHECK_THAT(log, Contains(name) && Contains("percent") && !Contains("secret@") && !Contains("top%"));
    }
    const auto [code, log] = ended({});
    CHECK(code == 1);
    CHECK_THAT(log, Contains("neither DATABASE_URL nor DATABASE_OWNER_URL"));
}
