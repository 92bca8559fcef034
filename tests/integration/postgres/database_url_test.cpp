// What becomes of the URL of a database: verified TLS for other machines, and no word of it in an error.
#include "postgres/database_url.hpp"

#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "integration/http/certificates.hpp"
#include "postgres/connection.hpp"
#include "runtime/configuration.hpp"

using namespace quittance;
using Catch::Contains;
using postgres::DatabaseUrlRules;
using postgres::Protection;
using postgres::read_database_url;

namespace {

DatabaseUrlRules trusting(const test::CertificateAuthority& authority) {
    DatabaseUrlRules rules;
    rules.ca_file = authority.file();
    return rules;
}

std::string refusal_of(const std::string& url, const DatabaseUrlRules& rules = {}) {
    try {
        read_database_url("DATABASE_URL", url, rules);
    } catch (const runtime::ConfigurationError& error) {
        return error.what();
    }
    return {};
}

}  // namespace

TEST_CASE("a Unix socket and the loopback are left as they are") {
    for (const std::string url :
         {"postgresql://q:pw@127.0.0.1:5432/d", "postgresql://q:pw@localhost/d", "postgresql://q:pw@[::1]/d",
          "postgresql://q:pw@%2Frun%2Fpostgresql/d", "postgresql:///d", "host=/run/postgresql dbname=d",
          "host=@abstract", "postgresql://q@localhost,127.0.0.2/d", "host=db.example hostaddr=127.0.0.1"}) {
        INFO(url);
        const auto read = read_database_url("DATABASE_URL", url, {});
        CHECK(read.protection == Protection::kLocal);
        CHECK_THAT(read.text, !Contains("sslmode"));
    }
}

TEST_CASE("the way to another machine is verified") {
    const test::CertificateAuthority authority;
    for (const std::string url :
         {"postgresql://q:pw@db.example/d", "postgresql://q:pw@10.0.0.7/d", "postgresql://q:pw@localhost,db.example/d",
          "postgresql://q:pw@127.0.0.1.example.com/d", "postgresql://q:pw@db.example/d?sslmode=verify-full",
          "host=localhost hostaddr=10.0.0.7 user=q password=pw", "service=billing user=q password=pw",
          "host=0.0.0.0 user=q password=pw"}) {
        INFO(url);
        const auto read = read_database_url("DATABASE_URL", url, trusting(authority));
        CHECK(read.protection == Protection::kVerified);
        CHECK(read.user == "q");
        for (const auto* part : {"sslmode=verify-full", "channel_binding=require", "gssencmode=disable"})
            CHECK_THAT(read.text, Contains(part));
        CHECK_THAT(read.text, Contains("sslrootcert=" + authority.file()));
    }
}

TEST_CASE("a weaker sslmode is refused unless it is allowed by name") {
    const test::CertificateAuthority authority;
    for (const std::string mode : {"disable", "allow", "prefer", "require", "verify-ca"}) {
        const auto url = "postgresql://q:topsecret@db.example/d?sslmode=" + mode;
        const auto refusal = refusal_of(url, trusting(authority));
        CHECK_THAT(refusal,
                   Contains("DATABASE_URL") && Contains("sslmode=" + mode) && Contains("DATABASE_TLS=unverified"));
        CHECK_THAT(refusal, !Contains("topsecret"));
        DatabaseUrlRules allowed;
        allowed.verified = false;
        const auto read = read_database_url("DATABASE_URL", url, allowed);
        CHECK(read.protection == Protection::kUnverified);
        CHECK_THAT(read.text, Contains("sslmode=" + mode));
    }
}

TEST_CASE("channel binding is left out where it cannot be, or is said otherwise") {
    const test::CertificateAuthority authority;
    auto rules = trusting(authority);
    CHECK_THAT(read_database_url("U", "postgresql://q@db.example/d", rules).text, !Contains("channel_binding"));
    CHECK_THAT(read_database_url("U", "postgresql://q:p@db.example/d?channel_binding=prefer", rules).text,
               Contains("channel_binding=prefer"));
    rules.pooled = true;
    CHECK_THAT(read_database_url("U", "postgresql://q:p@db.example/d", rules).text, !Contains("channel_binding"));
}

TEST_CASE("somebody has to say whose certificates are trusted") {
    const test::CertificateAuthority authority;
    CHECK_THAT(refusal_of("postgresql://q:topsecret@db.example/d"), Contains("DATABASE_CA") && !Contains("topsecret"));
    DatabaseUrlRules rules;
    rules.ca_file = "/nowhere/ca.pem";
    CHECK_THAT(refusal_of("postgresql://q@db.example/d", rules), Contains("/nowhere/ca.pem"));
    rules.ca_file = authority.write("empty.pem", "no certificate");
    CHECK_THAT(refusal_of("postgresql://q@db.example/d", rules), Contains("no certificate"));
    const auto own = "postgresql://q@db.example/d?sslrootcert=" + authority.file();
    CHECK_THAT(read_database_url("U", own, {}).text, Contains("sslrootcert=" + authority.file()));
}

TEST_CASE("a URL that libpq cannot read is refused without any part of it") {
    const std::vector<std::pair<std::string, std::string>> wrong{
        {"postgresql://q:top%secret@db.example/d", "percent"},
        {"postgresql://q:top%00secret@db.example/d", "%00"},
        {"postgresql://q@db.example/d?topsecret", "question mark"},
        {"postgresql://q@db.example/d?password=a=topsecret", "question mark"},
        {"postgresql://q@db.example/d?topsecret=1", "question mark"},
        {"postgresql://q:topsecret@[::1/d", "brackets"},
        {"postgresql://q:topsecret@[::1]x/d", "IPv6"},
        {"topsecret", "equals sign"},
        {"password=topsecret host", "equals sign"},
        {"topsecret=1", "does not know"},
        {"password='topsecret", "quote"},
        {"postgres//q:topsecret@db.example/d", "equals sign"},
    };
    for (const auto& [url, kind] : wrong) {
        INFO(url);
        const auto refusal = refusal_of(url);
        CHECK_THAT(refusal, Contains("DATABASE_URL") && Contains(kind));
        CHECK_THAT(refusal, !Contains("topsecret") && !Contains("top%"));
        CHECK_THROWS_WITH(postgres::connect(url, std::chrono::milliseconds(0)), !Contains("topsecret"));
    }
}

TEST_CASE("every character of a password arrives") {
    const auto read = read_database_url("U", R"(postgresql://q:a%20b%27c%5Cd%3De%26@localhost/d)", {});
    CHECK_THAT(read.text, Contains(R"(password='a b\'c\\d=e&')"));
    CHECK(read_database_url("U", read.text, {}).text == read.text);
}

TEST_CASE("a parameter counts where it is one, and not within a password") {
    CHECK(postgres::has_parameter("postgresql://h/d?connect_timeout=9", "connect_timeout"));
    CHECK_FALSE(postgres::has_parameter("postgresql://u:connect_timeout%3D9@h/d", "connect_timeout"));
    CHECK_THAT(postgres::with_parameter("user=u password='connect_timeout=9'", "connect_timeout", "3"),
               Contains(" connect_timeout=3"));
}
