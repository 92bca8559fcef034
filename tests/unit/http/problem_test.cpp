// application/problem+json: which members, in which order, and that no text can break out of them.
#include "http/server/problem.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

using namespace quittance::http;  // NOLINT(google-build-using-namespace)
namespace json = boost::json;

namespace {

std::vector<std::string> keys_of(const json::value& value) {
    std::vector<std::string> keys;
    for (const auto& member : value.as_object()) keys.emplace_back(member.key());
    return keys;
}

}  // namespace

TEST_CASE("a problem has the members of RFC 9457, then ours") {
    Problem problem;
    problem.status = 404;
    problem.code = "invoice_not_found";
    problem.detail = "There is no such invoice.";
    problem.request_id = "req-1";
    const auto response = problem_response(problem);
    CHECK(response.status == 404);
    CHECK(response.content_type == "application/problem+json");
    const auto body = json::parse(response.body);
    CHECK(keys_of(body) == std::vector<std::string>{"type", "title", "status", "detail", "code", "requestId"});
    CHECK(body.at("type") == "about:blank");
    CHECK(body.at("title") == "Not Found");
    CHECK(body.at("status") == 404);
    CHECK(body.at("detail") == "There is no such invoice.");
    CHECK(body.at("code") == "invoice_not_found");
    CHECK(body.at("requestId") == "req-1");
}

TEST_CASE("a problem names the trace of its request, and keeps its code for the log") {
    Problem problem;
    problem.code = "invoice_not_found";
    problem.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
    const auto response = problem_response(problem);
    CHECK(json::parse(response.body).at("traceId") == "4bf92f3577b34da6a3ce929d0e0e4736");
    CHECK(response.code == "invoice_not_found");
}

TEST_CASE("a problem lists every field, in order, before its extensions") {
    Problem problem;
    problem.status = 400;
    problem.errors = {{"items[3].amount", "must be an integer"}, {"customer", "must be given"}};
    problem.extensions["stripe"] = json::object{{"code", "resource_missing"}};
    problem.extensions["errors2"] = 1;
    const auto body = json::parse(problem_response(problem).body);
    CHECK(keys_of(body) == std::vector<std::string>{"type", "title", "status", "detail", "code", "requestId", "errors",
                                                    "stripe", "errors2"});
    const auto& errors = body.at("errors").as_array();
    REQUIRE(errors.size() == 2);
    CHECK(keys_of(errors[0]) == std::vector<std::string>{"field", "message"});
    CHECK(errors[0].at("field") == "items[3].amount");
    CHECK(errors[0].at("message") == "must be an integer");
    CHECK(errors[1].at("field") == "customer");
}

TEST_CASE("an extension never replaces a member of the problem itself") {
    Problem problem;
    problem.status = 409;
    problem.detail = "ours";
    problem.extensions["status"] = 200;
    problem.extensions["detail"] = "theirs";
    const auto body = json::parse(problem_response(problem).body);
    CHECK(body.at("status") == 409);
    CHECK(body.at("detail") == "ours");
}

TEST_CASE("quotes, controls and markup in a problem stay inside its strings") {
    Problem problem;
    problem.detail = "\"},\"status\":200,\"x\":{\"\n\r\t\x01</script>";
    problem.errors = {{"a\"b\\c", std::string("nul\0nul", 7)}};
    const auto body = json::parse(problem_response(problem).body);
    CHECK(body.at("detail").as_string() == problem.detail);
    CHECK(body.at("status") == 500);
    CHECK(body.at("errors").at(0).at("field").as_string() == "a\"b\\c");
    CHECK(body.at("errors").at(0).at("message").as_string() == std::string("nul\0nul", 7));
}

TEST_CASE("bytes of the caller's that are no UTF-8 do not get into the body") {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"page\xff", "page\xef\xbf\xbd"},
        {"\xc3(", "\xef\xbf\xbd("},
        {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"a\xc3\xa9\xe2\x82\xac\xf0\x9f\x92\xb8", "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x92\xb8"},
    };
    for (const auto& [given, told] : cases) {
        Problem problem;
        problem.errors.push_back({given, "is not a parameter of this list"});
        const auto body = json::parse(problem_response(problem).body);
        CHECK(body.at("errors").at(0).at("field") == json::string_view(told.data(), told.size()));
    }
}

TEST_CASE("a problem repeats only so much of what the caller sent, and says how much is missing") {
    Problem problem;
    problem.status = 400;
    problem.detail = std::string(5'000, 'd');
    problem.errors.assign(250, {std::string(1'000'000, 'f'), std::string(2'000, 'm')});
    problem.errors_omitted = 1'000;
    problem.extensions["stripe"] = json::object{{"param", std::string(3'000, 'p')}, {"code", nullptr}};
    const auto response = problem_response(problem);
    CHECK(response.body.size() < 200'000);
    const auto body = json::parse(response.body);
    CHECK(body.at("detail").as_string() == std::string(984, 'd') + "… (4016 bytes more)");
    const auto& errors = body.at("errors").as_array();
    REQUIRE(errors.size() == 100);
    CHECK(errors[99].at("field").as_string() == std::string(216, 'f') + "… (999784 bytes more)");
    CHECK(errors[99].at("message").as_string() == std::string(984, 'm') + "… (1016 bytes more)");
    CHECK(body.at("errorsOmitted") == 1'150);
    CHECK(body.at("stripe").at("param").as_string() == std::string(984, 'p') + "… (2016 bytes more)");
    CHECK(body.at("stripe").at("code").is_null());
}

TEST_CASE("a text is cut between two characters, and once") {
    constexpr std::size_t kMost = 50;
    const std::string whole(50, 'a');
    CHECK(shortened(whole, kMost) == whole);
    CHECK(shortened(whole + "a", kMost) == "aaaaaaaaaa… (41 bytes more)");
    CHECK(shortened(shortened(whole + "a", kMost), kMost) == shortened(whole + "a", kMost));
    // The euro sign has three bytes.
    CHECK(shortened("aaaaaaaaa\xe2\x82\xac" + whole, kMost) == "aaaaaaaaa… (53 bytes more)");
    CHECK(shortened("aaaaaaa\xe2\x82\xac" + whole, kMost) == "aaaaaaa\xe2\x82\xac… (50 bytes more)");
    CHECK(shortened("", kMost).empty());
    // These bytes are no characters.
    CHECK(shortened(std::string(100, '\x80'), kMost).starts_with(std::string(7, '\x80') + "…"));
    CHECK(shortened(std::string(2'000'000, 'a'), kMost).size() <= kMost);
}
