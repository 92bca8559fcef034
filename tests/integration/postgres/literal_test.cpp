// The text forms of arrays and timestamps, read back by the server itself.
#include "postgres/literal.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "postgres/connection.hpp"
#include "support/postgres.hpp"

using namespace quittance;
using postgres::ArrayLiteral;

namespace {

google::protobuf::Timestamp at(std::int64_t seconds, int nanos) {
    google::protobuf::Timestamp time;
    time.set_seconds(seconds);
    time.set_nanos(nanos);
    return time;
}

}  // namespace

TEST_CASE("texts in an array come back as they went") {
    const test::Database database;
    const auto connection = postgres::connect(database.url(), std::chrono::seconds(5));
    const std::vector<std::string> texts = {
        "",    "plain",        "NULL", "with \"quotes\"",       "back\\slash\\", "a,b",
        "{x}", "new\nline\tö", "'",    "emoji \xF0\x9F\x98\x80"};
    ArrayLiteral literal;
    for (const auto& text : texts) literal.add_text(text);
    pqxx::nontransaction session(*connection);
    const auto rows = session.exec_params("SELECT unnest($1::text[])", literal.take());
    REQUIRE(rows.size() == texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) CHECK(rows[i][0].as<std::string>() == texts[i]);
    CHECK(literal.take() == "{}");
}

TEST_CASE("a zero byte becomes the replacement character") {
    ArrayLiteral literal;
    literal.add_text(std::string_view("a\0b", 3));
    literal.add_null();
    literal.add_integer(-9223372036854775807 - 1);
    literal.add_boolean(true);
    CHECK(literal.take() ==
          "{\"a\xEF\xBF\xBD"
          "b\",NULL,-9223372036854775808,t}");
}

TEST_CASE("bytes in an array come back as they went") {
    const test::Database database;
    const auto connection = postgres::connect(database.url(), std::chrono::seconds(5));
    std::string all;
    for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
    ArrayLiteral literal;
    literal.add_bytes(all);
    literal.add_bytes("");
    pqxx::nontransaction session(*connection);
    const auto rows = session.exec_params("SELECT unnest($1::bytea[])", literal.take());
    CHECK(postgres::bytes_of(rows[0][0].c_str()) == all);
    CHECK(postgres::bytes_of(rows[1][0].c_str()).empty());
    CHECK_THROWS_AS(postgres::bytes_of("abc"), std::invalid_argument);
}

TEST_CASE("timestamps pass through the server unchanged, to the microsecond") {
    const test::Database database;
    const auto connection = postgres::connect(database.url(), std::chrono::seconds(5));
    const std::vector<google::protobuf::Timestamp> times = {at(0, 0),
                                                            at(1, 1'000),
                                                            at(1'700'000'000, 123'456'000),
                                                            at(1'709'164'800, 0),
                                                            at(951'782'400, 0),
                                                            at(4'294'967'295, 999'999'000),
                                                            at(-1, 0),
                                                            at(1'735'689'599, 100'000'000)};
    ArrayLiteral literal;
    for (const auto& time : times) literal.add_time(time);
    pqxx::nontransaction session(*connection);
    const auto rows = session.exec_params("SELECT t, extract(epoch FROM t)::text FROM unnest($1::timestamptz[]) AS t",
                                          literal.take());
    for (std::size_t i = 0; i < times.size(); ++i) {
        const auto read = postgres::timestamp_of(rows[i][0].c_str());
        CHECK(read.seconds() == times[i].seconds());
        CHECK(read.nanos() == times[i].nanos());
        CHECK(std::stod(rows[i][1].c_str()) ==
              Approx(static_cast<double>(times[i].seconds()) + times[i].nanos() / 1e9));
    }
    CHECK_THROWS_AS(postgres::timestamp_of("infinity"), std::invalid_argument);
    CHECK_THROWS_AS(postgres::timestamp_of("2026-01-02 03:04:05+02"), std::invalid_argument);
}

TEST_CASE("a URL gets time limits that it does not name itself") {
    CHECK(postgres::with_time_limits("postgresql://h/d?connect_timeout=9").find("connect_timeout=3") ==
          std::string::npos);
    CHECK(postgres::with_time_limits("postgresql://h/d").find("/d?connect_timeout=3&") != std::string::npos);
    CHECK(postgres::with_time_limits("host=h dbname=d").find("dbname=d connect_timeout=3 ") != std::string::npos);
}
