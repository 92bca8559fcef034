#include "edge/middleware/entity_tag.hpp"

#include "base/digest.hpp"

namespace quittance::edge {

std::string entity_tag(std::string_view body) {
    constexpr std::size_t kTagDigits = 24;
    return "W/\"" + base::sha256_hex(body).substr(0, kTagDigits) + "\"";
}

void set_entity_tag(const http::Request& request, http::Response& response) {
    set_entity_tag(request, response, entity_tag(response.body));
}

void set_entity_tag(const http::Request& request, http::Response& response, std::string tag) {
    const auto given = request.header("If-None-Match");
    if (given == "*" || given.find(std::string_view(tag).substr(2)) != std::string_view::npos) {
        response.status = 304;
        response.body.clear();
        response.shared_body.reset();
    }
    response.headers.push_back({"ETag", std::move(tag)});
}

}  // namespace quittance::edge
