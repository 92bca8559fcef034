// The files of /docs: an allow-list, content types, compression, entity tags, and a strict content security policy.
#include "edge/api/docs_page.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "runtime/identifier.hpp"
#include "unit/edge/middleware/asked.hpp"

using namespace quittance;
namespace asio = boost::asio;
using Catch::Contains;

namespace {

struct Package {
    Package() {
        std::filesystem::create_directory(path);
        write("swagger-ui.css", "body{}");
        write("swagger-ui-bundle.js", std::string(50'000, ';'));
        write("favicon-32x32.png", "png");
        write("package.json", "{}");
    }
    ~Package() { std::filesystem::remove_all(path); }
    void write(const std::string& name, const std::string& text) const { std::ofstream(path + "/" + name) << text; }

    std::string path = (std::filesystem::temp_directory_path() / ("docs-" + runtime::random_hex_128())).string();
};

http::Response ask(edge::DocsPage& docs, const std::string& path, http::Headers headers = {}) {
    return test::ask(http::bind_routes(docs, edge::kDocsRoutes), "GET", path, std::move(headers));
}

using test::header;

}  // namespace

TEST_CASE("only the page, its script and the package's listed files are served") {
    const Package package;
    edge::DocsPage docs(package.path);
    CHECK(ask(docs, "/docs").content_type == "text/html; charset=utf-8");
    CHECK(ask(docs, "/docs/start.js").content_type == "text/javascript; charset=utf-8");
    CHECK(ask(docs, "/docs/swagger-ui-bundle.js").content_type == "text/javascript; charset=utf-8");
    CHECK(ask(docs, "/docs/swagger-ui.css").content() == "body{}");
    CHECK(ask(docs, "/docs/favicon-32x32.png").content_type == "image/png");
    for (const std::string& path : {"/docs/package.json", "/docs/..", "/docs/%2e%2e%2fpackage.json", "/docs/."})
        CHECK(ask(docs, path).status == 404);
    const auto policy = header(ask(docs, "/docs"), "Content-Security-Policy");
    CHECK_THAT(policy, Contains("default-src 'none'") && Contains("script-src 'self';") && !Contains("http"));
}

TEST_CASE("a repeated request is answered by its tag, and large files are compressed if the client accepts it") {
    const Package package;
    edge::DocsPage docs(package.path);
    const auto plain = ask(docs, "/docs/swagger-ui-bundle.js");
    CHECK(plain.content().size() == 50'000);
    const auto compressed = ask(docs, "/docs/swagger-ui-bundle.js", {{"Accept-Encoding", "br, gzip"}});
    CHECK(header(compressed, "Content-Encoding") == "gzip");
    CHECK(compressed.content().size() < 1'000);
    CHECK(header(compressed, "ETag") == header(plain, "ETag"));
    const auto again = ask(docs, "/docs/swagger-ui-bundle.js", {{"If-None-Match", header(plain, "ETag")}});
    CHECK(again.status == 304);
    CHECK(again.content().empty());
    // All who get a file share its bytes.
    CHECK(ask(docs, "/docs/swagger-ui-bundle.js").shared_body == plain.shared_body);
    CHECK(plain.body.empty());
}

TEST_CASE("without a directory all paths are 404 with a problem body, and an incomplete one stops the start") {
    edge::DocsPage none("");
    const auto answer = ask(none, "/docs");
    CHECK(answer.status == 404);
    CHECK(answer.content_type == "application/problem+json");
    CHECK_THAT(answer.body, Contains("docs_not_installed") && Contains("/openapi.json"));
    const Package package;
    std::filesystem::remove(package.path + "/swagger-ui.css");
    CHECK_THROWS_WITH(edge::DocsPage(package.path), Contains("DOCS_DIR") && Contains("swagger-ui.css"));
}
