// The opaque token of a page: where the page before ended, and a mark of the filter that it belongs to.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "quittance/v1/invoice_store.pb.h"

namespace quittance::invoice_store {

// For the page after the invoice `last_id` (24 hex digits) of this request's scope and filter.
std::string make_page_token(std::string_view last_id, const v1::ListInvoicesRequest& request);

// The id in the request's own token. Unset: the token is none of ours, of another version, or of another filter.
std::optional<std::string> read_page_token(const v1::ListInvoicesRequest& request);

}  // namespace quittance::invoice_store
