// The merge is commutative, associative and idempotent: every order, grouping and duplication ends in the same row.
#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

#include "invoice_store/invoices/merge.hpp"
#include "invoice_store/invoices/snapshot.hpp"
#include "unit/invoice_store/generated_events.hpp"
#include "unit/invoice_store/lives.hpp"

using namespace quittance;
using invoice_store::merge;
using invoice_store::snapshot_of;

namespace {

std::vector<v1::Invoice> snapshots_of(const std::vector<v1::InvoiceEvent>& events) {
    std::vector<v1::Invoice> snapshots;
    for (const auto& event : events) snapshots.push_back(snapshot_of(event));
    return snapshots;
}

std::string fold(const std::vector<v1::Invoice>& snapshots) {
    std::optional<v1::Invoice> row;
    for (const auto& snapshot : snapshots) row = merge(std::move(row), snapshot);
    // By text: the bytes of a map have no order of their own.
    return row->DebugString();
}

// Who stands at the end, by the rule of the merge.
std::string snapshots_end(const std::vector<v1::Invoice>& snapshots) {
    const auto greatest = std::max_element(snapshots.begin(), snapshots.end(), [](const auto& left, const auto& right) {
        return std::is_lt(invoice_store::compare(left.provenance(), right.provenance()));
    });
    return greatest->provenance().event_id();
}

}  // namespace

TEST_CASE("every order of up to six events ends in the same row") {
    for (std::uint32_t seed = 0; seed < 60; ++seed) {
        test::EventGenerator generator(seed);
        const auto snapshots = snapshots_of(generator.several(2 + seed % 5));
        const auto expected = fold(snapshots);
        std::vector<std::size_t> order(snapshots.size());
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
        do {
            std::vector<v1::Invoice> shuffled;
            for (const auto i : order) shuffled.push_back(snapshots[i]);
            INFO("seed " << seed);
            REQUIRE(fold(shuffled) == expected);
        } while (std::next_permutation(order.begin(), order.end()));
    }
}

TEST_CASE("random orders with duplicates of longer lives end in the same row") {
    for (std::uint32_t seed = 100; seed < 400; ++seed) {
        test::EventGenerator generator(seed);
        auto snapshots = snapshots_of(generator.several(7 + seed % 14));
        const auto expected = fold(snapshots);
        for (int round = 0; round < 3; ++round) {
            const auto copies = generator.below(snapshots.size());
            for (std::size_t i = 0; i < copies; ++i) {
                const auto copy = snapshots[generator.below(snapshots.size())];
                snapshots.push_back(copy);
            }
            std::shuffle(snapshots.begin(), snapshots.end(), generator.random());
            INFO("seed " << seed);
            REQUIRE(fold(snapshots) == expected);
        }
    }
}

TEST_CASE("any grouping ends in the same row") {
    for (std::uint32_t seed = 1'000; seed < 1'300; ++seed) {
        test::EventGenerator generator(seed);
        auto parts = snapshots_of(generator.several(8));
        const auto expected = fold(parts);
        // Joins two neighbours at random until one is left.
        while (parts.size() > 1) {
            const auto at = generator.below(parts.size() - 1);
            parts[at] = merge(parts[at], parts[at + 1]);
            parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(at) + 1);
        }
        INFO("seed " << seed);
        REQUIRE(parts.front().DebugString() == expected);
    }
}

TEST_CASE("every order of every life of up to seven events ends as it was led") {
    for (const auto& life : test::lives("in_test")) {
        const auto snapshots = snapshots_of(life.events);
        const auto expected = fold(snapshots);
        std::vector<std::size_t> order(snapshots.size());
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
        int orders = 0;
        do {
            std::optional<v1::Invoice> row;
            for (const auto i : order) row = merge(std::move(row), snapshots[i]);
            // The text is dear: every order has its status and place checked, every seventh the whole row.
            INFO(life.name);
            REQUIRE(row->status() == life.status);
            REQUIRE(row->provenance().event_id() == snapshots_end(snapshots));
            if (++orders % 7 == 0) REQUIRE(row->DebugString() == expected);
        } while (std::next_permutation(order.begin(), order.end()));
    }
}

TEST_CASE("lives that reopen end as Stripe answers, in every order with answers between") {
    for (const auto& life : test::lives("in_test")) {
        auto snapshots = snapshots_of(life.events);
        // Stripe is asked a second after the second and after the last event: the answers show the invoice as it was.
        for (const auto at : {std::size_t{1}, life.events.size() - 1}) {
            auto answer = life.events[at];
            answer.set_event_id("refetch_" + std::to_string(at));
            answer.set_source(v1::InvoiceEvent::SOURCE_REFETCH);
            const bool is_last = at + 1 == life.events.size();
            auto& time = *answer.mutable_event_time();
            if (is_last) time.set_seconds(time.seconds() + 1);
            time.set_nanos(700'000'000);
            snapshots.push_back(snapshot_of(answer));
        }
        const auto expected = fold(snapshots);
        test::EventGenerator generator(5);
        for (int round = 0; round < 500; ++round) {
            std::shuffle(snapshots.begin(), snapshots.end(), generator.random());
            std::optional<v1::Invoice> row;
            for (const auto& snapshot : snapshots) row = merge(std::move(row), snapshot);
            INFO(life.name << ", round " << round);
            REQUIRE(row->status() == life.status);
            REQUIRE_FALSE(row->provenance().refetch_needed());
            if (round % 25 == 0) REQUIRE(row->DebugString() == expected);
        }
    }
}

TEST_CASE("10,000 random orders with duplicates of long lives end as they were led") {
    test::EventGenerator generator(77);
    for (int life = 0; life < 100; ++life) {
        const auto snapshots = snapshots_of(test::long_life("in_test", generator));
        const auto expected = fold(snapshots);
        for (int round = 0; round < 100; ++round) {
            auto shuffled = snapshots;
            const auto copies = generator.below(snapshots.size());
            for (std::size_t i = 0; i < copies; ++i) shuffled.push_back(snapshots[generator.below(snapshots.size())]);
            std::shuffle(shuffled.begin(), shuffled.end(), generator.random());
            INFO("life " << life << ", round " << round);
            REQUIRE(fold(shuffled) == expected);
        }
    }
}
