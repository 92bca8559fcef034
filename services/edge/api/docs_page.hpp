// /docs: a page that shows the OpenAPI document and sends requests, made from npm's swagger-ui-dist. Its files are read
// once, at the start, and served from memory. Its content security policy allows no other server.
#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>

#include "edge/middleware/constant_answer.hpp"
#include "http/server/router.hpp"

namespace quittance::edge {

class DocsPage {
  public:
    // `directory` holds the files of the package. If it is empty, every request is answered with 404. Throws
    // std::runtime_error if a file is missing.
    explicit DocsPage(const std::string& directory);

    boost::asio::awaitable<http::Response> page(const http::Request& request);
    boost::asio::awaitable<http::Response> file(const http::Request& request);

  private:
    void add(const std::string& name, std::string content_type, std::string body);
    http::Response serve(const http::Request& request, std::string_view name) const;

    std::map<std::string, ConstantAnswer, std::less<>> files_;
};

constexpr std::array<http::RouteOf<DocsPage>, 2> kDocsRoutes{{
    {"GET", "/docs", &DocsPage::page},
    {"GET", "/docs/{file}", &DocsPage::file},
}};

}  // namespace quittance::edge
