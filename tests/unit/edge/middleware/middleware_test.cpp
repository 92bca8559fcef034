// Cross-origin rules, gzip and entity tags in the answers of a route.
#include "edge/middleware/middleware.hpp"

#include <zlib.h>

#include <boost/asio/awaitable.hpp>
#include <catch2/catch.hpp>

#include "edge/middleware/entity_tag.hpp"
#include "unit/edge/middleware/asked.hpp"

using namespace quittance;
namespace asio = boost::asio;

namespace {

asio::awaitable<http::Response> large(const http::Request&) {
    http::Response response;
    response.body = std::string(20'000, 'x');
    co_return response;
}

asio::awaitable<http::Response> small(const http::Request& request) {
    http::Response response;
    response.body = R"({"a":1})";
    edge::set_entity_tag(request, response);
    co_return response;
}

http::Response ask(const edge::MiddlewareOptions& options, const std::string& method, const std::string& path,
                   http::Headers headers = {}) {
    const http::Router router(
        edge::with_middleware({{"GET", "/large", large, 0}, {"GET", "/small", small, 0}}, options));
    return test::ask(router, method, path, std::move(headers));
}

using test::header;

std::string inflate_text(const std::string& compressed) {
    std::string out(100'000, '\0');
    z_stream stream{};
    REQUIRE(inflateInit2(&stream, 15 + 16) == Z_OK);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
    stream.avail_in = static_cast<uInt>(compressed.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    REQUIRE(inflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(stream.total_out);
    inflateEnd(&stream);
    return out;
}

}  // namespace

TEST_CASE("large answers are compressed for clients that accept it") {
    for (const char* accept : {"gzip", "br, GZIP;q=0.5", "*", "deflate, gzip;q=1.0"}) {
        const auto response = ask({}, "GET", "/large", {{"Accept-Encoding", accept}});
        CHECK(header(response, "Content-Encoding") == "gzip");
        CHECK(header(response, "Vary") == "Accept-Encoding");
        CHECK(response.body.size() < 1'000);
        CHECK(inflate_text(response.body) == std::string(20'000, 'x'));
    }
    for (const char* accept : {"", "identity", "gzip;q=0", "gzip; q=0.0", "br"}) {
        const auto response = ask({}, "GET", "/large", {{"Accept-Encoding", accept}});
        CHECK(header(response, "Content-Encoding").empty());
        CHECK(response.body.size() == 20'000);
    }
    CHECK(header(ask({}, "GET", "/small", {{"Accept-Encoding", "gzip"}}), "Content-Encoding").empty());
}

TEST_CASE("an origin is refused unless it is named") {
    const auto closed = ask({}, "GET", "/small", {{"Origin", "https://app.test"}});
    CHECK(header(closed, "Access-Control-Allow-Origin").empty());
    edge::MiddlewareOptions options;
    options.cors_origins = {"https://app.test"};
    CHECK(header(ask(options, "GET", "/small", {{"Origin", "https://app.test"}}), "Access-Control-Allow-Origin") ==
          "https://app.test");
    for (const char* origin : {"https://app.test.evil", "http://app.test", "null", "https://APP.test"}) {
        const auto response = ask(options, "GET", "/small", {{"Origin", origin}});
        CHECK(header(response, "Access-Control-Allow-Origin").empty());
        CHECK(header(response, "Vary") == "Origin");
    }
}

TEST_CASE("a preflight shows the methods, and shows the rules to a known origin only") {
    edge::MiddlewareOptions options;
    options.cors_origins = {"https://app.test"};
    const auto known = ask(options, "OPTIONS", "/small", {{"Origin", "https://app.test"}});
    CHECK(known.status == 204);
    CHECK(header(known, "Allow") == "GET, HEAD, OPTIONS");
    CHECK(header(known, "Access-Control-Allow-Methods") == "GET, HEAD, OPTIONS");
    CHECK(header(known, "Access-Control-Allow-Headers").find("Idempotency-Key") != std::string::npos);
    const auto foreign = ask(options, "OPTIONS", "/small", {{"Origin", "https://other.test"}});
    CHECK(foreign.status == 204);
    CHECK(header(foreign, "Access-Control-Allow-Methods").empty());
}

TEST_CASE("an answer that did not change is a 304") {
    const auto first = ask({}, "GET", "/small");
    CHECK(first.status == 200);
    const auto tag = header(first, "ETag");
    REQUIRE(tag.size() > 8);
    for (const auto& given : {tag, std::string("*"), "W/\"other\", " + tag, tag.substr(2)}) {
        const auto again = ask({}, "GET", "/small", {{"If-None-Match", given}});
        CHECK(again.status == 304);
        CHECK(again.body.empty());
        CHECK(header(again, "ETag") == tag);
    }
    CHECK(ask({}, "GET", "/small", {{"If-None-Match", "\"other\""}}).status == 200);
}
