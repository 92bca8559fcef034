// The log's lines: one per event, whatever a client put into them.
#include "runtime/log.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <limits>
#include <sstream>

#include "unit/runtime/child.hpp"

using namespace quittance::runtime;  // NOLINT(google-build-using-namespace)
using Catch::Contains;
using quittance::test::in_child;
namespace json = boost::json;

namespace {

// What a client would send to make a line of its own, or to break the one that it is on.
const std::vector<std::string> kHostile{
    "\n{\"level\":\"info\",\"message\":\"forged\"}",
    "\r\n2026-01-01T00:00:00.000Z error   edge: forged",
    "\"} {\"",
    "\\",
    "\\\"",
    std::string("nul\0nul", 7),
    "\x1b[2J\x7f\b",
    "%s%n{}{0}%v",
    "\xff\xfe\xc3(\xe2\x82",     // no UTF-8
    "\xed\xa0\x80\xf5\x80\x80",  // a surrogate, and beyond U+10FFFF
    "\xc0\x8a",                  // an overlong line feed
    "\xc2\x9b[31m\xc2\x85",      // C1 controls: a terminal's CSI, and next line
    "\xe2\x80\xa8\xe2\x80\xa9",  // line and paragraph separator
    "gr\xc3\xbc\xc3\x9f",
};

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

std::vector<std::string> keys_of(const json::value& value) {
    std::vector<std::string> keys;
    for (const auto& member : value.as_object()) keys.emplace_back(member.key());
    return keys;
}

}  // namespace

TEST_CASE("a JSON line has time, level, service and message, then the fields with their types") {
    const auto result = in_child([] {
        start_log("edge", "json", "info");
        log_info("it happened", {{"text", "a"},
                                 {"view", std::string_view("b")},
                                 {"count", 3},
                                 {"big", std::int64_t{1} << 40},
                                 {"size", std::size_t{7}},
                                 {"ratio", 0.5},
                                 {"yes", true}});
        return 0;
    });
    REQUIRE(result.exit_code == 0);
    CHECK(result.out.empty());
    const auto lines = lines_of(result.err);
    REQUIRE(lines.size() == 1);
    const auto line = json::parse(lines[0]);
    CHECK(keys_of(line) == std::vector<std::string>{"time", "level", "service", "message", "text", "view", "count",
                                                    "big", "size", "ratio", "yes"});
    const std::string time(line.at("time").as_string());
    CHECK(time.size() == 24);
    CHECK(time.back() == 'Z');
    CHECK(line.at("level") == "info");
    CHECK(line.at("service") == "edge");
    CHECK(line.at("message") == "it happened");
    CHECK(line.at("text") == "a");
    CHECK(line.at("count").as_int64() == 3);
    CHECK(line.at("big").as_int64() == std::int64_t{1} << 40);
    CHECK(line.at("ratio").as_double() == 0.5);
    CHECK(line.at("yes").as_bool());
}

TEST_CASE("no client can forge or break a JSON line") {
    const auto result = in_child([] {
        start_log("edge", "json", "debug");
        for (const auto& text : kHostile) {
            log_error("said", {{"text", text}, {"after", 1}});
            log_warn(text);
        }
        return 0;
    });
    const auto lines = lines_of(result.err);
    REQUIRE(lines.size() == 2 * kHostile.size());
    for (std::size_t i = 0; i < lines.size(); ++i) {
        INFO(lines[i]);
        json::value line;
        REQUIRE_NOTHROW(line = json::parse(lines[i]));
        const auto said = i % 2 == 0;
        CHECK(line.as_object().size() == (said ? 6 : 4));
        CHECK(line.at("level") == (said ? "error" : "warning"));
        for (const char c : lines[i]) CHECK((static_cast<unsigned char>(c) >= 0x20 && c != 0x7f));
    }
    // What is harmless comes through as it is.
    CHECK(json::parse(lines[lines.size() - 2]).at("text") == "gr\xc3\xbc\xc3\x9f");
    CHECK(json::parse(lines[0]).at("text").as_string() == kHostile[0]);
    CHECK(json::parse(lines[10]).at("text").as_string() == kHostile[5]);
}

TEST_CASE("no client can forge or break a text line") {
    const auto result = in_child([] {
        start_log("edge", "text", "debug");
        for (const auto& text : kHostile) log_info("said", {{"text", text}, {"after", 1}});
        return 0;
    });
    const auto lines = lines_of(result.err);
    REQUIRE(lines.size() == kHostile.size());
    for (const auto& line : lines) {
        INFO(line);
        CHECK_THAT(line, Contains(" edge: said text=\"") && Catch::EndsWith("\" after=1"));
        CHECK(line.find('\r') == std::string::npos);
        CHECK(line.find('\x1b') == std::string::npos);
        CHECK(line.find("\xc2\x9b") == std::string::npos);
        CHECK(line.find("\xe2\x80\xa8") == std::string::npos);
    }
}

TEST_CASE("a number that JSON does not have leaves the line readable") {
    const auto result = in_child([] {
        start_log("edge", "json", "info");
        log_info("odd", {{"a", std::numeric_limits<double>::quiet_NaN()},
                         {"b", std::numeric_limits<double>::infinity()},
                         {"c", -std::numeric_limits<double>::infinity()},
                         {"d", 1e300},
                         {"e", std::numeric_limits<std::int64_t>::min()}});
        return 0;
    });
    json::value line;
    INFO(result.err);
    REQUIRE_NOTHROW(line = json::parse(lines_of(result.err).at(0)));
    CHECK(line.at("a").is_null());
    CHECK(line.at("b").is_null());
    CHECK(line.at("c").is_null());
    CHECK(line.at("d").as_double() == 1e300);
    CHECK(line.at("e").as_int64() == std::numeric_limits<std::int64_t>::min());
}

TEST_CASE("only what is at the level or above is written") {
    const std::vector<std::pair<std::string, std::size_t>> cases{
        {"trace", 4}, {"debug", 4}, {"info", 3}, {"warn", 2}, {"error", 1}};
    for (const auto& [level, expected] : cases) {
        INFO(level);
        const auto result = in_child([level = level] {
            start_log("edge", "text", level);
            log_debug("one");
            log_info("one");
            log_warn("one");
            log_error("one");
            return 0;
        });
        CHECK(lines_of(result.err).size() == expected);
    }
}

TEST_CASE("the level is raised step by step, and taken back") {
    const auto result = in_child([] {
        start_log("edge", "text", "warn");
        log_info("hidden");
        log_more();
        log_info("shown");
        log_debug("hidden");
        for (int i = 0; i < 10; ++i) log_more();
        log_debug("shown");
        log_as_configured();
        log_info("hidden");
        log_warn("shown");
        return 0;
    });
    CHECK(lines_of(result.err).size() == 3);
    CHECK_THAT(result.err, !Contains("hidden"));
}

TEST_CASE("a raised line is written whatever the level, in the form of all others") {
    const auto result = in_child([] {
        start_log("edge", "json", "error");
        log_detail(false, "hidden", {{"request_id", "r-1"}});
        log_detail(true, "shown", {{"request_id", "r-1"}});
        return logs_details(true) && !logs_details(false) ? 0 : 1;
    });
    CHECK(result.exit_code == 0);
    const auto lines = lines_of(result.err);
    REQUIRE(lines.size() == 1);
    const auto line = json::parse(lines[0]);
    CHECK(line.at("message") == "shown");
    CHECK(line.at("level") == "debug");
    CHECK(line.at("service") == "edge");
    CHECK(line.at("request_id") == "r-1");
}
