// The one error type: a status with details that every gRPC client can read.
#include "rpc/status.hpp"

#include <catch2/catch.hpp>
#include <set>

using namespace quittance;  // NOLINT(google-build-using-namespace)
using grpc::StatusCode;

TEST_CASE("a status has its detail in the standard format") {
    v1::ErrorDetail detail;
    detail.set_reason("stripe_refused");
    detail.mutable_stripe()->set_code("resource_missing");
    detail.set_retry_after_ms(1'500);
    const auto status = rpc::make_status(StatusCode::INVALID_ARGUMENT, "no such customer", detail);
    CHECK(status.error_code() == StatusCode::INVALID_ARGUMENT);
    CHECK(status.error_message() == "no such customer");
    const auto read = rpc::detail_of(status);
    CHECK(read.reason() == "stripe_refused");
    CHECK(read.stripe().code() == "resource_missing");
    CHECK(read.retry_after_ms() == 1'500);
    // The format of google.rpc.Status: code, message, details.
    v1::StatusDetails standard;
    REQUIRE(standard.ParseFromString(status.error_details()));
    CHECK(standard.code() == static_cast<int>(StatusCode::INVALID_ARGUMENT));
    CHECK(standard.message() == "no such customer");
    REQUIRE(standard.details_size() == 1);
    CHECK(standard.details(0).type_url() == "type.googleapis.com/quittance.v1.ErrorDetail");
}

TEST_CASE("a status may have a reason only") {
    const auto status = rpc::make_status(StatusCode::UNAVAILABLE, "later", "database_unreachable");
    CHECK(rpc::detail_of(status).reason() == "database_unreachable");
    CHECK(rpc::detail_of(status).fields().empty());
}

TEST_CASE("an invalid argument lists every field") {
    std::vector<v1::FieldViolation> fields(2);
    fields[0].set_field("items[3].amount");
    fields[0].set_message("is out of range");
    fields[1].set_field("currency");
    const auto status = rpc::invalid_argument(fields);
    CHECK(status.error_code() == StatusCode::INVALID_ARGUMENT);
    CHECK(status.error_message() == "invalid: items[3].amount currency");
    const auto detail = rpc::detail_of(status);
    CHECK(detail.reason() == "invalid_argument");
    REQUIRE(detail.fields_size() == 2);
    CHECK(detail.fields(0).message() == "is out of range");
}

TEST_CASE("a status without details, or with foreign ones, has an empty detail") {
    CHECK(rpc::detail_of(grpc::Status::OK).reason().empty());
    CHECK(rpc::detail_of({StatusCode::NOT_FOUND, "x"}).reason().empty());
    CHECK(rpc::detail_of({StatusCode::NOT_FOUND, "x", "\xff\xff\xff no protobuf"}).reason().empty());
    v1::StatusDetails foreign;
    auto& any = *foreign.add_details();
    any.set_type_url("type.googleapis.com/google.rpc.RetryInfo");
    any.set_value("\x0a\x02\x08\x01");
    CHECK(rpc::detail_of({StatusCode::NOT_FOUND, "x", foreign.SerializeAsString()}).reason().empty());
    // Our detail is found behind a foreign one.
    v1::ErrorDetail ours;
    ours.set_reason("ours");
    foreign.add_details()->PackFrom(ours);
    CHECK(rpc::detail_of({StatusCode::NOT_FOUND, "x", foreign.SerializeAsString()}).reason() == "ours");
    // A detail with our type and invalid content.
    foreign.clear_details();
    auto& forged = *foreign.add_details();
    forged.set_type_url("type.googleapis.com/quittance.v1.ErrorDetail");
    forged.set_value("\xff\xff");
    CHECK(rpc::detail_of({StatusCode::NOT_FOUND, "x", foreign.SerializeAsString()}).reason().empty());
}

TEST_CASE("every code has its own name") {
    std::set<std::string_view> names;
    for (int code = 0; code <= 16; ++code) names.insert(rpc::code_name(static_cast<StatusCode>(code)));
    CHECK(names.size() == 17);
    CHECK_FALSE(names.contains("OTHER"));
    CHECK(rpc::code_name(StatusCode::NOT_FOUND) == "NOT_FOUND");
}
