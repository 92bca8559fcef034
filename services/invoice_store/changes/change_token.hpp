// The opaque token of a place in the changes: what a watcher sends to go on where it was.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "invoice_store/changes/change_log.hpp"

namespace quittance::invoice_store {

std::string make_change_token(const ChangeToken& token);

// Unset: it is none of ours, or of another version.
std::optional<ChangeToken> read_change_token(std::string_view text);

}  // namespace quittance::invoice_store
