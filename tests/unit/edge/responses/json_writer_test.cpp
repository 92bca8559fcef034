// Commas, brackets and values of the JSON writer.
#include "edge/responses/json_writer.hpp"

#include <catch2/catch.hpp>
#include <cstdint>

using quittance::edge::JsonWriter;

TEST_CASE("commas stand between members and elements, at every depth") {
    std::string out = "before ";
    JsonWriter json(out);
    json.begin_object();
    json.key<"empty">();
    json.begin_object();
    json.end_object();
    json.key<"list">();
    json.begin_array();
    json.begin_array();
    json.end_array();
    json.value(1);
    json.begin_object();
    json.member<"a">("x");
    json.member<"b">(true);
    json.end_object();
    json.null();
    json.end_array();
    json.member_or_null<"none">("");
    json.member_or_null<"some">(std::string("s"));
    json.member_or_null<"absent">(false, 5);
    json.member_or_null<"present">(true, 5);
    json.end_object();
    CHECK(out == R"(before {"empty":{},"list":[[],1,{"a":"x","b":true},null],)"
                 R"("none":null,"some":"s","absent":null,"present":5})");
}

TEST_CASE("whole numbers of every width are written to the last digit") {
    std::string out;
    JsonWriter json(out);
    json.begin_array();
    json.value(std::int32_t{-1});
    json.value(INT64_MIN);
    json.value(INT64_MAX);
    json.value(UINT64_MAX);
    json.value(false);
    json.end_array();
    CHECK(out == "[-1,-9223372036854775808,9223372036854775807,18446744073709551615,false]");
}
