#include "edge/middleware/constant_answer.hpp"

#include <utility>

#include "edge/middleware/entity_tag.hpp"
#include "edge/middleware/gzip.hpp"

namespace quittance::edge {

ConstantAnswer::ConstantAnswer(std::string content_type, std::string body, http::Headers headers)
    : content_type_(std::move(content_type)), headers_(std::move(headers)), tag_(entity_tag(body)) {
    constexpr std::size_t kCompressFromBytes = 8 * 1024;
    const bool text = content_type_.starts_with("text/") || content_type_ == "application/json";
    std::string compressed;
    if (text && body.size() >= kCompressFromBytes && gzip(body, GzipEffort::kBest, compressed))
        compressed_ = std::make_shared<const std::string>(std::move(compressed));
    body_ = std::make_shared<const std::string>(std::move(body));
}

http::Response ConstantAnswer::answer(const http::Request& request) const {
    http::Response response;
    response.content_type = content_type_;
    response.headers = headers_;
    response.shared_body = body_;
    if (compressed_) {
        response.headers.push_back({"Vary", "Accept-Encoding"});
        if (wants_gzip(request.header("Accept-Encoding"))) {
            response.shared_body = compressed_;
            response.headers.push_back({"Content-Encoding", "gzip"});
        }
    }
    set_entity_tag(request, response, tag_);
    return response;
}

}  // namespace quittance::edge
