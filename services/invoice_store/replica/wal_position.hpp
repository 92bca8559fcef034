// How far the database's log of writes had come: what a write's answer carries and a later read may ask for.
//
// A position is a timeline and a place in its log. Timelines begin with a promotion: what a server of a later one does
// not have of an earlier one is lost, and nobody waits for it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace quittance::invoice_store {

struct Position {
    std::uint32_t timeline = 0;
    std::uint64_t place = 0;  // bytes, PostgreSQL's LSN

    // In this order, whoever has come to a position has come to every smaller one.
    auto operator<=>(const Position&) const = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14's false alarm
};

// For callers opaque: "1.16b3748", hex digits.
std::string make_position(const Position& position);
std::optional<Position> read_position(std::string_view text);

// An expression of text that read_position understands: the position of what was committed on this server before the
// statement's end; null on one that replays another's log.
extern const char* const kPresentPosition;

// What a read must show.
struct ReadNeed {
    enum class Place {
        kAny,           // whatever is at hand
        kPrimaryFirst,  // a replica only while the primary is away
        kPrimary,
    };
    Place place = Place::kAny;
    Position after;  // zero: anything will do

    // Of `read_after` in a request: what is no position asks for the latest.
    static ReadNeed of(std::string_view read_after);
    // What satisfies both.
    ReadNeed with(const ReadNeed& other) const;
};

}  // namespace quittance::invoice_store
