// Entity tags (RFC 9110, 8.8.3): a client that has an answer already is told so instead of being sent it again.
#pragma once

#include <string>
#include <string_view>

#include "http/message.hpp"

namespace quittance::edge {

// The tag of a body. It is weak, so that the compressed form of an answer has the same one.
std::string entity_tag(std::string_view body);

// Sets ETag from the body. Turns the answer into a 304 where If-None-Match has the tag (RFC 9110, 13.1.2).
void set_entity_tag(const http::Request& request, http::Response& response);
// The same for a body whose tag is known already.
void set_entity_tag(const http::Request& request, http::Response& response, std::string tag);

}  // namespace quittance::edge
