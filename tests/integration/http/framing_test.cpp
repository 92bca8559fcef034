// Where a request ends must be beyond doubt (RFC 9112): whatever could be read in two ways is refused with 400 and the
// connection closed, so that nothing behind it is taken for a request.
#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "integration/http/served.hpp"
#include "support/patience.hpp"

using namespace quittance::test;  // NOLINT(google-build-using-namespace)

namespace {

// What an attacker would like to be served as a request of somebody else.
const std::string kHidden = "GET /parts/hidden/request HTTP/1.1\r\nHost: x\r\n\r\n";

struct Malformed {
    std::string what;
    std::string bytes;
};

const std::string kNul(1, '\0');
const std::string kPost = "POST /echo HTTP/1.1\r\nHost: x\r\n";

const std::vector<Malformed> kMalformed{
    // Request line
    {"no request line", "\r\r\n\r\n"},
    {"garbage", "\x16\x03\x01\x02" + kNul + "\x01" + kNul + "\r\n\r\n"},
    {"no version", "GET /hello\r\nHost: x\r\n\r\n"},
    {"no target", "GET  HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"two blanks", "GET  /hello HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"blank in the target", "GET /hel lo HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"blank in front", " GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"blank behind", "GET /hello HTTP/1.1 \r\nHost: x\r\n\r\n"},
    {"tab between", "GET\t/hello\tHTTP/1.1\r\nHost: x\r\n\r\n"},
    {"no method", "/hello HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"method with a slash", "G/ET /hello HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"version in small letters", "GET /hello http/1.1\r\nHost: x\r\n\r\n"},
    {"version without a point", "GET /hello HTTP/11\r\nHost: x\r\n\r\n"},
    {"version with two digits", "GET /hello HTTP/1.10\r\nHost: x\r\n\r\n"},
    {"control in the target", "GET /hel\x01lo HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"NUL in the target", "GET /hel" + kNul + "lo HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"bare CR in the request line", "GET /hello\r HTTP/1.1\r\nHost: x\r\n\r\n"},
    // Fields
    {"no Host", "GET /hello HTTP/1.1\r\n\r\n"},
    {"two Hosts", "GET /hello HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n"},
    {"blank before the colon", "GET /hello HTTP/1.1\r\nHost : x\r\n\r\n"},
    {"no colon", "GET /hello HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n"},
    {"no name", "GET /hello HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n"},
    {"blank in a name", "GET /hello HTTP/1.1\r\nHost: x\r\nX Y: z\r\n\r\n"},
    {"NUL in a value", "GET /hello HTTP/1.1\r\nHost: x\r\nX: a" + kNul + "b\r\n\r\n"},
    {"NUL in a name", "GET /hello HTTP/1.1\r\nHost: x\r\nX" + kNul + ": ab\r\n\r\n"},
    {"bare CR in a value", "GET /hello HTTP/1.1\r\nHost: x\r\nX: a\rY: b\r\n\r\n"},
    {"bare LF in a value", "GET /hello HTTP/1.1\r\nHost: x\r\nX: a\nY: b\r\n\r\n"},
    {"bare LF that would add a length", kPost + "X: a\nContent-Length: 48\r\n\r\n" + kHidden},
    {"first field starts with a blank", "GET /hello HTTP/1.1\r\n Host: x\r\n\r\n"},
    // Lengths
    {"two lengths", kPost + "Content-Length: 0\r\nContent-Length: 48\r\n\r\n" + kHidden},
    {"two equal lengths", kPost + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"},
    {"a list of lengths", kPost + "Content-Length: 5, 5\r\n\r\nhello"},
    {"a list of different lengths", kPost + "Content-Length: 0, 48\r\n\r\n" + kHidden},
    {"length with a sign", kPost + "Content-Length: +5\r\n\r\nhello"},
    {"negative length", kPost + "Content-Length: -5\r\n\r\nhello"},
    {"hexadecimal length", kPost + "Content-Length: 0x5\r\n\r\nhello"},
    {"fractional length", kPost + "Content-Length: 5.0\r\n\r\nhello"},
    {"exponent in the length", kPost + "Content-Length: 5e0\r\n\r\nhello"},
    {"blank in the length", kPost + "Content-Length: 5 0\r\n\r\nhello"},
    {"empty length", kPost + "Content-Length:\r\n\r\n"},
    {"word as length", kPost + "Content-Length: five\r\n\r\nhello"},
    {"length beyond 64 bits", kPost + "Content-Length: 18446744073709551621\r\n\r\nhello"},
    {"length and chunks", kPost + "Content-Length: 48\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + kHidden},
    {"chunks and length", kPost + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + kHidden},
    // Codings
    {"unknown coding", kPost + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"},
    {"identity", kPost + "Transfer-Encoding: identity\r\n\r\n" + kHidden},
    {"gzip", kPost + "Transfer-Encoding: gzip\r\n\r\n" + kHidden},
    {"gzip under chunks", kPost + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
    {"chunked not last", kPost + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"},
    {"chunked twice", kPost + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"},
    {"two codings", kPost + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    {"coding in another field's shadow", kPost + "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n"},
    {"empty coding", kPost + "Transfer-Encoding:\r\n\r\n" + kHidden},
    {"chunks in HTTP/1.0",
     "POST /echo HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" +
         kHidden},
    // Chunks
    {"chunk size is no number", kPost + "Transfer-Encoding: chunked\r\n\r\nz\r\nhello\r\n0\r\n\r\n"},
    {"empty chunk size", kPost + "Transfer-Encoding: chunked\r\n\r\n\r\nhello\r\n0\r\n\r\n"},
    {"negative chunk", kPost + "Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n"},
    {"chunk beyond 64 bits", kPost + "Transfer-Encoding: chunked\r\n\r\n10000000000000005\r\nhello\r\n0\r\n\r\n"},
    {"chunk longer than told", kPost + "Transfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n\r\n"},
    {"chunk size ends with a bare LF", kPost + "Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n"},
    {"chunk ends with a bare LF", kPost + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\n0\r\n\r\n"},
    {"hexadecimal prefix", kPost + "Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n"},
    {"bad extension", kPost + "Transfer-Encoding: chunked\r\n\r\n5;=\r\nhello\r\n0\r\n\r\n"},
    {"bad trailer", kPost + "Transfer-Encoding: chunked\r\n\r\n0\r\nno colon\r\n\r\n"},
};

}  // namespace

TEST_CASE("what could be read in two ways is 400, and nothing behind it is served") {
    Served served;
    for (const auto& one : kMalformed) {
        INFO(one.what);
        auto connection = served.connect();
        connection.try_send(one.bytes + kHidden);
        Reply reply;
        CHECK_NOTHROW(reply = connection.read_reply());
        CHECK(reply.status == 400);
        CHECK(reply.header("Connection") == "close");
        CHECK(reply.header("Content-Type") == "application/problem+json");
        if (reply.status == 400) CHECK(boost::json::parse(reply.body).at("code") == "malformed_request");
        End end = End::kOpen;
        CHECK(connection.read_to_end(end).empty());
        CHECK(end == End::kClosed);
    }
    CHECK(served.handled() == 0);
    CHECK(served.connect().ask(get("/hello")).status == 200);
}

TEST_CASE("what is unusual and has one meaning is served") {
    Served served;
    const std::vector<Malformed> unusual{
        {"empty Host", "GET /hello HTTP/1.1\r\nHost:\r\n\r\n"},
        {"no blank behind the colon", "GET /hello HTTP/1.1\r\nHost:x\r\n\r\n"},
        {"blanks and tabs around a value", "GET /hello HTTP/1.1\r\nHost: \t x \t\r\n\r\n"},
        {"coding in capitals", kPost + "Transfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"},
        {"size in capitals with zeros", kPost + "Transfer-Encoding: chunked\r\n\r\n0005\r\nhello\r\n000\r\n\r\n"},
        {"length with zeros in front", kPost + "Content-Length: 0005\r\n\r\nhello"},
        {"high bytes in a value", "GET /hello HTTP/1.1\r\nHost: x\r\nX: \xff\xc3\xa9\r\n\r\n"},
    };
    for (const auto& one : unusual) {
        INFO(one.what);
        auto connection = served.connect();
        connection.send(one.bytes + get("/parts/a/b"));
        Reply reply;
        CHECK_NOTHROW(reply = connection.read_reply());
        CHECK(reply.status == 200);
        CHECK(reply.body == "hello");
        CHECK_NOTHROW(reply = connection.read_reply());
        CHECK(reply.body == "a|b|");
    }
}

TEST_CASE("a folded field is refused or one field, never two (RFC 9112, 5.2)") {
    Served served;
    auto connection = served.connect();
    connection.send(kPost + "Content-Length: 5\r\nX-Request-Id: a\r\n Transfer-Encoding: chunked\r\n\r\nhello" +
                    get("/parts/a/b"));
    const auto reply = connection.read_reply();
    CHECK((reply.status == 400 || reply.body == "hello"));
    CHECK(reply.header("X-Request-Id").size() == 32);
    if (reply.status == 200) CHECK(connection.read_reply().body == "a|b|");
}

TEST_CASE("lines that end with a bare LF are no request") {
    Served served;
    auto connection = served.connect();
    connection.send("GET /hello HTTP/1.1\nHost: x\n\n");
    connection.finish_sending();
    End end = End::kOpen;
    const auto answer = connection.read_to_end(end);
    CHECK((answer.empty() || answer.starts_with("HTTP/1.1 400 ")));
    CHECK(served.handled() == 0);
}

TEST_CASE("another major version is refused") {
    Served served;
    for (const std::string& version : {"HTTP/2.0", "HTTP/0.9", "HTTP/1.2", "HTTP/3.0"}) {
        INFO(version);
        auto connection = served.connect();
        const auto reply = connection.ask("GET /hello " + version + "\r\nHost: x\r\n\r\n");
        CHECK((reply.status == 505 || reply.status == 400));
        CHECK(reply.header("Connection") == "close");
        CHECK(connection.wait_for_end() == End::kClosed);
    }
    auto connection = served.connect();
    connection.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    CHECK(connection.read_reply().status >= 400);
    CHECK(served.handled() == 0);
}

TEST_CASE("a connection that ends within a request is closed without an answer's ado") {
    Served served;
    for (const std::string& start : {"G", "GET /hello HTTP/1.1\r\nHost: x\r\n",
                                     "POST /echo HTTP/1.1\r\nHost: x\r\n"
                                     "Content-Length: 5\r\n\r\nhel"}) {
        INFO(start);
        auto connection = served.connect();
        connection.send(start);
        connection.finish_sending();
        CHECK(connection.wait_for_end() == End::kClosed);
    }
    CHECK(eventually([&] { return served.metric("quittance_http_connections{server=\"http\"}") == 0; }));
    CHECK(served.handled() == 0);
}
