#include "invoice_store/replica/wal_position.hpp"

#include <algorithm>
#include <charconv>

namespace quittance::invoice_store {
namespace {

template <class Number>
bool read_hex(std::string_view text, Number& number) {
    const auto* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, number, 16);
    return error == std::errc() && stopped == end;
}

template <class Number>
void append_hex(std::string& text, Number number) {
    char digits[2 * sizeof(Number)];
    const auto end = std::to_chars(digits, digits + sizeof(digits), number, 16).ptr;
    text.append(digits, end);
}

}  // namespace

// The name of a WAL file begins with the timeline in eight digits.
const char* const kCurrentWalPosition =
    "CASE WHEN NOT pg_is_in_recovery() THEN left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) || '.' ||"
    " to_hex((pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint) END";

std::string make_wal_position(const WalPosition& position) {
    std::string text;
    append_hex(text, position.timeline);
    text += '.';
    append_hex(text, position.offset);
    return text;
}

std::optional<WalPosition> read_wal_position(std::string_view text) {
    const auto dot = text.find('.');
    WalPosition position;
    if (dot == std::string_view::npos || !read_hex(text.substr(0, dot), position.timeline) ||
        !read_hex(text.substr(dot + 1), position.offset))
        return std::nullopt;
    return position;
}

ReadPreference ReadPreference::of(std::string_view read_after) {
    ReadPreference preference;
    if (read_after.empty()) return preference;
    if (const auto position = read_wal_position(read_after))
        preference.after = *position;
    else
        preference.server = Server::kPrimary;
    return preference;
}

ReadPreference ReadPreference::with(const ReadPreference& other) const {
    return {std::max(server, other.server), std::max(after, other.after)};
}

}  // namespace quittance::invoice_store
