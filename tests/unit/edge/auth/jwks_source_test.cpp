// The key set from a file and from a URL. An unknown key refreshes it, but not too often. It is kept while the source
// cannot be read.
#include "edge/auth/jwks_source.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "http/server/server.hpp"
#include "runtime/identifier.hpp"
#include "support/patience.hpp"
#include "unit/edge/auth/signing_key.hpp"

using namespace quittance;
namespace asio = boost::asio;

namespace {

// Runs the loop until the condition holds.
template <class Condition>
bool eventually(asio::io_context& loop, Condition condition) {
    return test::eventually([&] {
        loop.restart();
        loop.run_for(std::chrono::milliseconds(5));
        return condition();
    });
}

struct TemporaryFile {
    std::string path = (std::filesystem::temp_directory_path() / ("jwks-" + runtime::random_hex_128())).string();
    ~TemporaryFile() { std::filesystem::remove(path); }
    void write(const std::string& text) const { std::ofstream(path, std::ios::trunc) << text; }
};

// A key set server whose answer and status the test sets.
struct Issuer {
    explicit Issuer(asio::io_context& loop) : server(make(loop)) { server->start(); }

    std::unique_ptr<http::Server> make(asio::io_context& loop) {
        std::vector<http::Route> routes;
        routes.push_back({"GET", "/keys.json",
                          [this](const http::Request&) -> asio::awaitable<http::Response> {
                              ++reads;
                              http::Response response;
                              response.status = status;
                              response.body = body;
                              co_return response;
                          },
                          0});
        return std::make_unique<http::Server>(loop, http::ServerOptions{}, http::Router(std::move(routes)), metrics);
    }

    runtime::Metrics metrics;
    std::string body;
    int status = 200;
    int reads = 0;
    std::unique_ptr<http::Server> server;
};

void refresh(asio::io_context& loop, edge::JwksSource& source) {
    bool done = false;
    asio::co_spawn(loop, source.refresh(), [&](std::exception_ptr) { done = true; });
    REQUIRE(eventually(loop, [&] { return done; }));
}

}  // namespace

TEST_CASE("a file is read at the start, again on an unknown key, and a removed key is gone") {
    const test::SigningKey first("first", "ES256");
    const test::SigningKey second("second", "ES256");
    TemporaryFile file;
    file.write(test::key_set({&first}));
    runtime::Metrics metrics;
    asio::io_context loop;
    edge::JwksSourceOptions options;
    options.location = file.path;
    options.least_interval = std::chrono::milliseconds(0);
    edge::JwksSource source(loop, options, metrics);
    source.start();
    REQUIRE(eventually(loop, [&] { return source.keys().contains("first"); }));
    file.write(test::key_set({&second}));
    refresh(loop, source);
    CHECK(source.keys().contains("second"));
    CHECK_FALSE(source.keys().contains("first"));
    file.write("{ not JSON");
    refresh(loop, source);
    CHECK(source.keys().contains("second"));
}

TEST_CASE("tokens with unknown keys do not cause a read each") {
    const test::SigningKey key("first", "ES256");
    runtime::Metrics metrics;
    asio::io_context loop;
    Issuer issuer(loop);
    issuer.body = test::key_set({&key});
    edge::JwksSourceOptions options;
    options.location = "http://127.0.0.1:" + std::to_string(issuer.server->port()) + "/keys.json";
    options.least_interval = std::chrono::hours(1);
    options.read_time = test::kPatience;  // the one read must not fail on a slow machine
    edge::JwksSource source(loop, options, metrics);
    source.start();
    REQUIRE(eventually(loop, [&] { return source.keys().contains("first"); }));
    for (int i = 0; i < 50; ++i) refresh(loop, source);
    CHECK(issuer.reads == 1);
}

TEST_CASE("the keys stay in use while the URL fails, and change when it answers again") {
    const test::SigningKey first("first", "ES256");
    const test::SigningKey second("second", "ES256");
    runtime::Metrics metrics;
    asio::io_context loop;
    Issuer issuer(loop);
    issuer.body = test::key_set({&first});
    edge::JwksSourceOptions options;
    options.location = "http://127.0.0.1:" + std::to_string(issuer.server->port()) + "/keys.json";
    options.least_interval = std::chrono::milliseconds(0);
    options.refresh_interval = std::chrono::milliseconds(5);
    edge::JwksSource source(loop, options, metrics);
    source.start();
    REQUIRE(eventually(loop, [&] { return source.keys().contains("first"); }));
    issuer.status = 500;
    const int reads = issuer.reads;
    REQUIRE(eventually(loop, [&] { return issuer.reads > reads + 1; }));
    CHECK(source.keys().contains("first"));
    issuer.status = 200;
    issuer.body = test::key_set({&second});
    REQUIRE(eventually(loop, [&] { return source.keys().contains("second"); }));
    source.stop();
}

TEST_CASE("a set that cannot be read again is trusted for a limited time") {
    const test::SigningKey first("first", "ES256");
    TemporaryFile file;
    file.write(test::key_set({&first}));
    runtime::Metrics metrics;
    asio::io_context loop;
    edge::JwksSourceOptions options;
    options.location = file.path;
    options.least_interval = std::chrono::milliseconds(0);
    options.refresh_interval = std::chrono::milliseconds(5);
    options.longest_age = std::chrono::milliseconds(300);
    edge::JwksSource source(loop, options, metrics);
    source.start();
    REQUIRE(eventually(loop, [&] { return source.keys().contains("first"); }));
    std::filesystem::remove(file.path);
    REQUIRE(eventually(loop, [&] { return source.keys().size() == 0; }));
    REQUIRE(eventually(loop, [&] { return metrics.text().find("quittance_jwks_keys 0\n") != std::string::npos; }));
    file.write(test::key_set({&first}));
    REQUIRE(eventually(loop, [&] { return source.keys().contains("first"); }));
    source.stop();
}

TEST_CASE("the age of the set counts from the last read that succeeded") {
    const test::SigningKey first("first", "ES256");
    TemporaryFile file;
    file.write(test::key_set({&first}));
    runtime::Metrics metrics;
    asio::io_context loop;
    edge::JwksSourceOptions options;
    options.location = file.path;
    options.least_interval = std::chrono::milliseconds(0);
    edge::JwksSource source(loop, options, metrics);
    const auto age = [&metrics] {
        const auto text = metrics.text();
        const auto at = text.find("\nquittance_jwks_age_seconds ");
        REQUIRE(at != std::string::npos);
        return std::stod(text.substr(text.find(' ', at + 1)));
    };
    refresh(loop, source);
    std::filesystem::remove(file.path);
    REQUIRE(eventually(loop, [&] { return age() > 0.05; }));
    refresh(loop, source);
    CHECK(age() > 0.05);
    CHECK(source.keys().contains("first"));
    const auto failing = age();
    file.write(test::key_set({&first}));
    refresh(loop, source);
    CHECK(age() < failing);
}
