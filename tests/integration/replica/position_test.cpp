// Positions: their text, their order, and what a request asks for with them.
#include <catch2/catch.hpp>

#include "invoice_store/replica/wal_position.hpp"

using quittance::invoice_store::make_wal_position;
using quittance::invoice_store::read_wal_position;
using quittance::invoice_store::ReadPreference;
using quittance::invoice_store::WalPosition;

TEST_CASE("a position's text is read back, as PostgreSQL writes it too") {
    const WalPosition position{1, 0x16b3748};
    CHECK(make_wal_position(position) == "1.16b3748");
    CHECK(read_wal_position("1.16b3748") == position);
    CHECK(read_wal_position("00000001.16b3748") == position);
    CHECK(read_wal_position("ffffffff.ffffffffffffffff") == WalPosition{0xffffffff, 0xffffffffffffffff});
    for (const auto* text : {"", ".", "1", "1.", ".1", "1.g", "x.1", "1.1 ", " 1.1", "1.1.1", "-1.1", "1.-1",
                             "100000000.1", "1.10000000000000000", "latest"})
        CHECK_FALSE(read_wal_position(text));
}

TEST_CASE("a later timeline is beyond every place of an earlier one") {
    CHECK(WalPosition{1, 5} < WalPosition{1, 6});
    CHECK(WalPosition{1, 6} < WalPosition{2, 1});
}

TEST_CASE("what is no position asks for the latest, nothing asks for nothing") {
    CHECK(ReadPreference::of("").server == ReadPreference::Server::kAny);
    CHECK(ReadPreference::of("").after == WalPosition{});
    CHECK(ReadPreference::of("1.2").server == ReadPreference::Server::kAny);
    CHECK(ReadPreference::of("1.2").after == WalPosition{1, 2});
    CHECK(ReadPreference::of("latest").server == ReadPreference::Server::kPrimary);
    CHECK(ReadPreference::of("1.2;").server == ReadPreference::Server::kPrimary);
    const auto both = ReadPreference::of("1.9").with(ReadPreference::of("2.1"));
    CHECK(both.after == WalPosition{2, 1});
    CHECK(both.with(ReadPreference::of("latest")).server == ReadPreference::Server::kPrimary);
}
