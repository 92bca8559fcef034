// The OpenAPI document of the edge, embedded at build time.
#pragma once

#include <array>
#include <string_view>

#include "edge/middleware/constant_answer.hpp"
#include "http/server/router.hpp"

namespace quittance::edge {

// The content of services/edge/api/openapi.json when this program was built.
std::string_view openapi_document();

class DocumentApi {
  public:
    DocumentApi();

    boost::asio::awaitable<http::Response> openapi(const http::Request& request);

  private:
    ConstantAnswer document_;
};

constexpr std::array<http::RouteOf<DocumentApi>, 1> kDocumentRoutes{{
    {"GET", "/openapi.json", &DocumentApi::openapi},
}};

}  // namespace quittance::edge
