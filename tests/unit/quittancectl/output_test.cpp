#include "quittancectl/output.hpp"

#include <catch2/catch.hpp>
#include <sstream>

#include "quittance/v1/invoice.pb.h"
#include "rpc/status.hpp"

namespace quittance::quittancectl {
namespace {

TEST_CASE("columns are as wide as their widest cell, and nothing is left at a line's end") {
    Table table({"A", "B"});
    table.add({"long cell", "1"});
    table.add({"x", ""});
    std::ostringstream out;
    table.print(out);
    CHECK(out.str() == "A          B\nlong cell  1\nx          \n");
}

TEST_CASE("a terminal's commands in somebody's name are not passed on, and long cells are cut") {
    Table table({"NAME"});
    table.add({"\x1b[31mred\n" + std::string(100, 'x')});
    std::ostringstream out;
    table.print(out);
    CHECK(out.str().find('\x1b') == std::string::npos);
    CHECK(out.str().size() == 5 + 60 + 1);
}

TEST_CASE("times are shown in UTC to the second, unset ones as nothing") {
    google::protobuf::Timestamp time;
    CHECK(shown(time).empty());
    time.set_seconds(1'699'283'248);
    time.set_nanos(500'000'000);
    CHECK(shown(time) == "2023-11-06 15:07:28");
}

TEST_CASE("JSON has the proto's names and every field") {
    v1::User user;
    user.set_id("a");
    CHECK(json_of(user) == R"({"id":"a","name":""})");
}

TEST_CASE("exit codes tell what kind of failure it was") {
    CHECK(report(rpc::make_status(grpc::StatusCode::NOT_FOUND, "no", "x")) == kNotFound);
    CHECK(report(rpc::make_status(grpc::StatusCode::UNAVAILABLE, "no", "x")) == kUnavailable);
    CHECK(report(rpc::make_status(grpc::StatusCode::INVALID_ARGUMENT, "no", "x")) == kUsage);
    CHECK(report(rpc::make_status(grpc::StatusCode::INTERNAL, "no", "x")) == kFailed);
}

}  // namespace
}  // namespace quittance::quittancectl
