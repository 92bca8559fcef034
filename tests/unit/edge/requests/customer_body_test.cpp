// The body of a registration, and every mistake in one.
#include "edge/requests/customer_body.hpp"

#include <catch2/catch.hpp>

using quittance::edge::read_customer_body;

namespace {

constexpr const char* kUser = R"("user":{"_id":"6548a41138406c14db33b606","name":"J"})";
constexpr const char* kTeam = R"("team":"6548a41138406c14db33b607")";

std::string body_of(const std::string& user, const std::string& team) {
    return "{" + user + "," + team + "}";
}

std::string fields_of(const std::string& body) {
    const auto read = read_customer_body(body);
    if (read.malformed) return "malformed";
    std::string fields;
    for (const auto& error : read.errors) fields += (fields.empty() ? "" : " ") + error.field;
    return fields;
}

}  // namespace

TEST_CASE("a registration has a user and a team") {
    const auto read = read_customer_body(body_of(kTeam, kUser));
    CHECK_FALSE(read.malformed);
    CHECK(read.errors.empty());
    CHECK(read.customer.user().id() == "6548a41138406c14db33b606");
    CHECK(read.customer.user().name() == "J");
    CHECK(read.customer.team_id() == "6548a41138406c14db33b607");
}

TEST_CASE("every mistake of a registration is named") {
    CHECK(fields_of("{}") == "user team");
    CHECK(fields_of("") == "malformed");
    CHECK(fields_of("[]") == "malformed");
    CHECK(fields_of(R"({"user":[[[[1]]]]})") == "malformed");  // too deep
    CHECK(fields_of(R"({"user":[[[1]]]})") == "user team");
    CHECK(fields_of(body_of(R"("user":{})", kTeam)) == "user._id user.name");
    CHECK(fields_of(body_of(R"("user":{"_id":"6548A41138406C14DB33B606","name":" ","x":1})", kTeam)) ==
          "user._id user.name user.x");
    CHECK(fields_of(body_of(kUser, R"("team":1,"team":null,"more":1)")) == "team team more");
    CHECK(fields_of(body_of(R"("user":{"_id":"6548a41138406c14db33b606","name":")" + std::string(501, 'n') + "\"}",
                            kTeam)) == "user.name");
}
