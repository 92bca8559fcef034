// "1" + id + 16 hex digits of a hash over scope and filter, as base64url. Not secret and not signed: a forged token
// shows nothing that the same filter would not, because the scope is part of every query.
#include "invoice_store/lists/page_token.hpp"

#include <algorithm>

#include "base/digest.hpp"
#include "base/text.hpp"

namespace quittance::invoice_store {
namespace {

constexpr char kVersion = '1';
constexpr std::size_t kIdSize = 24;
constexpr std::size_t kMarkSize = 16;

std::string mark_of(const v1::ListInvoicesRequest& request) {
    // Neither message has a map: their bytes are the same for the same contents.
    return base::to_hex(base::sha256(request.scope().SerializeAsString() + "|" + request.filter().SerializeAsString()))
        .substr(0, kMarkSize);
}

}  // namespace

std::string make_page_token(std::string_view last_id, const v1::ListInvoicesRequest& request) {
    return base::to_base64url(kVersion + std::string(last_id) + mark_of(request));
}

std::optional<std::string> read_page_token(const v1::ListInvoicesRequest& request) {
    if (request.page_token().size() > 100) return std::nullopt;
    const auto bytes = base::from_base64url(request.page_token());
    if (!bytes || bytes->size() != 1 + kIdSize + kMarkSize || bytes->front() != kVersion) return std::nullopt;
    auto id = bytes->substr(1, kIdSize);
    if (!base::is_lower_hex(id) || bytes->substr(1 + kIdSize) != mark_of(request)) return std::nullopt;
    return id;
}

}  // namespace quittance::invoice_store
