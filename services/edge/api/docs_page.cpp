#include "edge/api/docs_page.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

#include "edge/responses/problems.hpp"

namespace quittance::edge {
namespace {

namespace asio = boost::asio;

struct Wanted {
    std::string_view name;
    std::string_view content_type;
};

// The files of the package that are served.
constexpr std::array<Wanted, 3> kWanted{{
    {"swagger-ui.css", "text/css; charset=utf-8"},
    {"swagger-ui-bundle.js", "text/javascript; charset=utf-8"},
    {"favicon-32x32.png", "image/png"},
}};

// The page has no name below /docs, because its relative addresses are right at /docs only.
constexpr std::string_view kPage;
constexpr std::string_view kStart = "start.js";

// The addresses are relative, because a proxy in front of the edge may add a prefix.
constexpr std::string_view kPageText = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Quittance API</title>
<link rel="icon" type="image/png" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
)";

// The policy refuses scripts inside the page. Swagger UI's validator is off, because it is a server of others.
constexpr std::string_view kStartText = R"(SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  validatorUrl: null,
  displayRequestDuration: true,
});
)";

// Swagger UI's style sheet holds icons as data: images, and its widgets set style attributes.
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file || text.str().empty())
        throw std::runtime_error("DOCS_DIR: cannot read " + path + ". The directory must hold npm's swagger-ui-dist");
    return std::move(text).str();
}

}  // namespace

DocsPage::DocsPage(const std::string& directory) {
    if (directory.empty()) return;
    for (const auto& wanted : kWanted) {
        const std::string name(wanted.name);
        add(name, std::string(wanted.content_type), read_file(directory + "/" + name));
    }
    add(std::string(kPage), "text/html; charset=utf-8", std::string(kPageText));
    add(std::string(kStart), "text/javascript; charset=utf-8", std::string(kStartText));
}

void DocsPage::add(const std::string& name, std::string content_type, std::string body) {
    http::Headers headers{{"Content-Security-Policy", std::string(kPolicy)}, {"Referrer-Policy", "no-referrer"}};
    files_.insert_or_assign(name, ConstantAnswer(std::move(content_type), std::move(body), std::move(headers)));
}

http::Response DocsPage::serve(const http::Request& request, std::string_view name) const {
    if (files_.empty())
        return refuse(request, 404, "docs_not_installed",
                      "The documentation page is not installed. The OpenAPI document is at /openapi.json.");
    const auto found = files_.find(name);
    if (found == files_.end()) return refuse(request, 404, "not_found", "The documentation page has no such file.");
    return found->second.answer(request);
}

asio::awaitable<http::Response> DocsPage::page(const http::Request& request) {
    co_return serve(request, kPage);
}

asio::awaitable<http::Response> DocsPage::file(const http::Request& request) {
    co_return serve(request, request.path_parameters.front());
}

}  // namespace quittance::edge
