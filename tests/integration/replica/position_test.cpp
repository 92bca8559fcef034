// Positions: their text, their order, and what a request asks for with them.
#include <catch2/catch.hpp>

#include "invoice_store/replica/wal_position.hpp"

using quittance::invoice_store::make_position;
using quittance::invoice_store::Position;
using quittance::invoice_store::read_position;
using quittance::invoice_store::ReadNeed;

TEST_CASE("a position's text is read back, as PostgreSQL writes it too") {
    const Position position{1, 0x16b3748};
    CHECK(make_position(position) == "1.16b3748");
    CHECK(read_position("1.16b3748") == position);
    CHECK(read_position("00000001.16b3748") == position);
    CHECK(read_position("ffffffff.ffffffffffffffff") == Position{0xffffffff, 0xffffffffffffffff});
    for (const auto* text : {"", ".", "1", "1.", ".1", "1.g", "x.1", "1.1 ", " 1.1", "1.1.1", "-1.1", "1.-1",
                             "100000000.1", "1.10000000000000000", "latest"})
        CHECK_FALSE(read_position(text));
}

TEST_CASE("a later timeline is beyond every place of an earlier one") {
    CHECK(Position{1, 5} < Position{1, 6});
    CHECK(Position{1, 6} < Position{2, 1});
}

TEST_CASE("what is no position asks for the latest, nothing asks for nothing") {
    CHECK(ReadNeed::of("").place == ReadNeed::Place::kAny);
    CHECK(ReadNeed::of("").after == Position{});
    CHECK(ReadNeed::of("1.2").place == ReadNeed::Place::kAny);
    CHECK(ReadNeed::of("1.2").after == Position{1, 2});
    CHECK(ReadNeed::of("latest").place == ReadNeed::Place::kPrimary);
    CHECK(ReadNeed::of("1.2;").place == ReadNeed::Place::kPrimary);
    const auto both = ReadNeed::of("1.9").with(ReadNeed::of("2.1"));
    CHECK(both.after == Position{2, 1});
    CHECK(both.with(ReadNeed::of("latest")).place == ReadNeed::Place::kPrimary);
}
