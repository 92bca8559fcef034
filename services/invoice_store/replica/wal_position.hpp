// Positions in PostgreSQL's write-ahead log (WAL). The answer to a write carries one, and a later read may ask for it.
//
// A position is a timeline and an offset in its log. A promotion starts a new timeline. A server on a later timeline
// has lost the writes of an earlier one that it does not hold, so no read waits for them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace quittance::invoice_store {

struct WalPosition {
    std::uint32_t timeline = 0;
    std::uint64_t offset = 0;  // bytes, PostgreSQL's LSN

    // A server that has reached a position has reached every smaller one.
    auto operator<=>(const WalPosition&) const = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14's false alarm
};

// Two hex numbers, "1.16b3748". Callers treat the text as opaque.
std::string make_wal_position(const WalPosition& position);
std::optional<WalPosition> read_wal_position(std::string_view text);

// An SQL expression for a text that read_wal_position reads. It covers everything that this server committed before the
// statement's end. Null on a server that replays another server's log.
extern const char* const kCurrentWalPosition;

// Which server a read may use, and which writes the read must show.
struct ReadPreference {
    enum class Server {
        kAny,           // primary or replica
        kPrimaryFirst,  // a replica only while the primary is away
        kPrimary,
    };
    Server server = Server::kAny;
    WalPosition after;  // zero: no write has to be visible

    // From `read_after` of a request. A text that is no position asks for the primary.
    static ReadPreference of(std::string_view read_after);
    // The preference that satisfies both.
    ReadPreference with(const ReadPreference& other) const;
};

}  // namespace quittance::invoice_store
