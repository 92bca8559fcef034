#include "edge/api/document_api.hpp"

// The assembler includes the file. CMake names it in QUITTANCE_OPENAPI and rebuilds this source when it changes.
asm(R"(
    .section .rodata
    .balign 16
quittance_openapi_begin:
    .incbin ")" QUITTANCE_OPENAPI R"("
quittance_openapi_end:
    .byte 0
    .previous
)");

extern "C" {
extern const char kOpenapiBegin[] asm("quittance_openapi_begin");
extern const char kOpenapiEnd[] asm("quittance_openapi_end");
}

namespace quittance::edge {

std::string_view openapi_document() {
    return {kOpenapiBegin, static_cast<std::size_t>(kOpenapiEnd - kOpenapiBegin)};
}

DocumentApi::DocumentApi() : document_("application/json", std::string(openapi_document()), {}) {}

boost::asio::awaitable<http::Response> DocumentApi::openapi(const http::Request& request) {
    co_return document_.answer(request);
}

}  // namespace quittance::edge
