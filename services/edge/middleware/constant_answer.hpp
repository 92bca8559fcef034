// An answer that never changes: a file that is read at the start. All who get it share its bytes, plain or compressed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "http/message.hpp"

namespace quittance::edge {

class ConstantAnswer {
  public:
    // `headers`: beside Content-Encoding, Vary and ETag. Text is also kept compressed, from 8 KiB on.
    ConstantAnswer(std::string content_type, std::string body, http::Headers headers);

    // 200, or 304 if the client has the answer already.
    http::Response answer(const http::Request& request) const;

  private:
    std::string content_type_;
    std::shared_ptr<const std::string> body_;
    std::shared_ptr<const std::string> compressed_;  // null for a small answer and for an image
    http::Headers headers_;
    std::string tag_;
};

}  // namespace quittance::edge
