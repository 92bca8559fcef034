// The lines about requests: one for each, of bounded number, with what an operator asks for.
#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <sstream>
#include <vector>

#include "integration/http/served.hpp"
#include "runtime/log.hpp"
#include "unit/runtime/child.hpp"

using namespace quittance;        // NOLINT(google-build-using-namespace)
using namespace quittance::test;  // NOLINT(google-build-using-namespace)
namespace json = boost::json;

namespace {

// The access lines of a server that answers what `ask` asks.
std::vector<json::object> lines_after(double lines_per_second, const std::function<void(RawConnection&)>& ask) {
    const auto result = in_child([&] {
        runtime::start_log("edge", "json", "info");
        http::ServerOptions options;
        options.access_lines_per_second = lines_per_second;
        const Served served(unhurried(), options);
        auto connection = served.connect();
        ask(connection);
        return 0;
    });
    std::vector<json::object> lines;
    std::istringstream stream(result.err);
    for (std::string text; std::getline(stream, text);) {
        auto line = json::parse(text).as_object();
        if (line.at("message") == "request") lines.push_back(std::move(line));
    }
    return lines;
}

std::string with_headers(const std::string& path, const std::string& headers) {
    return "GET " + path + " HTTP/1.1\r\nHost: test\r\n" + headers + "\r\n";
}

}  // namespace

TEST_CASE("a request has one line with its route, status, time, bytes, id and trace") {
    const auto lines = lines_after(100, [](RawConnection& connection) {
        connection.ask(with_headers(
            "/parts/a/b?secret=1",
            "X-Request-Id: r-1\r\ntraceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00\r\n"));
        connection.ask(post("/echo", "12345"));
    });
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].at("route") == "GET /parts/{a}/{b}");
    CHECK(lines[0].at("status") == 200);
    CHECK(lines[0].at("request_id") == "r-1");
    CHECK(lines[0].at("trace_id") == "4bf92f3577b34da6a3ce929d0e0e4736");
    CHECK(lines[0].at("level") == "info");
    CHECK(lines[0].at("ms").is_number());
    CHECK(json::serialize(lines[0]).find("secret") == std::string::npos);
    CHECK(lines[1].at("bytes_in") == 5);
    CHECK(lines[1].at("bytes_out") == 5);
    CHECK(lines[1].at("trace_id").as_string().size() == 32);
}

TEST_CASE("a failure is a warning, also where no lines are asked for") {
    const auto lines = lines_after(0, [](RawConnection& connection) {
        connection.ask(get("/hello"));
        connection.ask(get("/nowhere"));
        connection.ask(get("/throw"));
    });
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].at("route") == "GET /throw");
    CHECK(lines[0].at("status") == 500);
    CHECK(lines[0].at("code") == "internal");
    CHECK(lines[0].at("level") == "warning");
}

TEST_CASE("a path that a client chose is in no line") {
    const auto lines = lines_after(100, [](RawConnection& connection) { connection.ask(get("/made-up-by-a-client")); });
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].at("route") == "GET");
    CHECK(lines[0].at("status") == 404);
    CHECK(lines[0].at("code") == "not_found");
}

TEST_CASE("a flood of refusals writes few lines, and leaves room for the lines about writes") {
    constexpr int kRefusals = 3'000;
    const auto lines = lines_after(5, [](RawConnection& connection) {
        for (int i = 0; i < kRefusals; ++i) connection.ask(get("/nowhere"));
        connection.ask(post("/echo", "x"));
    });
    std::size_t refused = 0;
    std::size_t written = 0;
    for (const auto& line : lines) (line.at("status") == 404 ? refused : written)++;
    CHECK(written == 1);
    CHECK(refused >= 5);
    CHECK(refused < kRefusals / 2);
}
