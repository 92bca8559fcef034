// gRPC's lines in our log: a field each, and not more than a log can take.
#include "rpc/grpc_log.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <sstream>
#include <thread>
#include <vector>

#include "runtime/log.hpp"
#include "unit/runtime/child.hpp"

using quittance::rpc::log_line_of_grpc;
using quittance::test::in_child;
namespace json = boost::json;

namespace {

std::vector<json::object> lines_of(const std::string& text) {
    std::vector<json::object> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(json::parse(line).as_object());
    return lines;
}

void log_text(const std::string& text, gpr_log_severity severity = GPR_LOG_SEVERITY_ERROR) {
    const gpr_log_func_args line{"/build/src/core/parsing.cc", 42, severity, text.c_str()};
    log_line_of_grpc(line);
}

}  // namespace

TEST_CASE("a line of gRPC is one line of ours, whatever a caller put into it") {
    const std::string forged = "bad header\n{\"level\":\"info\",\"service\":\"edge\",\"message\":\"all is well\"}\n";
    const auto result = in_child([&forged] {
        quittance::runtime::start_log("store", "json", "info");
        log_text(forged);
        return 0;
    });
    const auto lines = lines_of(result.err);
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].at("message") == "gRPC");
    CHECK(lines[0].at("level") == "warning");
    CHECK(lines[0].at("service") == "store");
    CHECK(lines[0].at("text") == json::string_view(forged));
    CHECK(lines[0].at("file") == "parsing.cc");
    CHECK(lines[0].at("line") == 42);
}

TEST_CASE("a long line of gRPC is cut") {
    const auto result = in_child([] {
        quittance::runtime::start_log("store", "json", "info");
        log_text(std::string(100'000, 'x'));
        return 0;
    });
    CHECK(lines_of(result.err).at(0).at("text").as_string().size() == 1'000);
}

TEST_CASE("a flood of lines is cut, and a line says later how many were left out") {
    const auto result = in_child([] {
        quittance::runtime::start_log("store", "json", "info");
        for (int i = 0; i < 10'000; ++i) log_text("again");
        // More lines come through as time passes.
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        log_text("last");
        return 0;
    });
    const auto lines = lines_of(result.err);
    CHECK(lines.size() < 200);
    CHECK(lines.at(lines.size() - 1).at("text") == "last");
    std::int64_t left_out = 0;
    std::int64_t written = 0;
    for (const auto& line : lines) {
        if (line.contains("lines"))
            left_out += line.at("lines").as_int64();
        else
            ++written;
    }
    CHECK(written + left_out == 10'001);
}
