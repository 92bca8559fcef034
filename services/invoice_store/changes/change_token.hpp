// The opaque resume token of a position in the changes. A watcher sends it to continue from there.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "invoice_store/changes/change_log.hpp"

namespace quittance::invoice_store {

std::string make_change_token(const ChangeToken& token);

// Unset: the text is no such token, or of another version.
std::optional<ChangeToken> read_change_token(std::string_view text);

}  // namespace quittance::invoice_store
