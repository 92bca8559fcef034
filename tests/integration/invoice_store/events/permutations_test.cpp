// Every order of an invoice's life, through the running store with several writers at once, ends in the row that the
// events in order make.
#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <map>
#include <thread>
#include <vector>

#include "integration/invoice_store/store_database.hpp"
#include "integration/invoice_store/store_server.hpp"
#include "invoice_store/invoices/merge.hpp"
#include "invoice_store/invoices/snapshot.hpp"
#include "support/long_form.hpp"
#include "unit/invoice_store/lives.hpp"

using namespace quittance;
using Outcome = v1::EventOutcome;

namespace {

constexpr std::size_t kCallers = 8;
constexpr std::size_t kBatch = 200;

using Rows = std::map<std::string, std::optional<v1::Invoice>>;

// The event at each step of each invoice's order; callers take shares of a step, so that an invoice's events meet from
// several calls and writers.
using Steps = std::vector<std::vector<v1::InvoiceEvent>>;

void expect(Rows& rows, const std::vector<v1::InvoiceEvent>& life) {
    for (const auto& event : life) {
        auto& row = rows[event.invoice().stripe_invoice_id()];
        row = invoice_store::merge(std::move(row), invoice_store::snapshot_of(event));
    }
}

// Each caller takes every eighth event of a step; steps overlap, because no caller waits for another.
int deliver(const test::StoreServer& server, const Steps& steps) {
    std::atomic<int> failed = 0;
    std::vector<std::thread> callers;
    for (std::size_t caller = 0; caller < kCallers; ++caller)
        callers.emplace_back([&, caller] {
            test::StoreClient client(server.stub());
            for (const auto& step : steps) {
                std::vector<v1::InvoiceEvent> batch;
                for (std::size_t i = caller; i < step.size(); i += kCallers) {
                    batch.push_back(step[i]);
                    if (batch.size() < kBatch && i + kCallers < step.size()) continue;
                    const auto [status, states] = client.apply(batch);
                    const bool wrong = !status.ok() || std::any_of(states.begin(), states.end(), [](auto state) {
                        return state == Outcome::RETRY || state == Outcome::DEAD;
                    });
                    if (wrong) ++failed;
                    batch.clear();
                }
            }
        });
    for (auto& caller : callers) caller.join();
    return failed;
}

void check_rows(const test::StoreDatabase& database, const Rows& expected) {
    const auto stored = database.invoices();
    REQUIRE(stored.size() == expected.size());
    for (const auto& [id, row] : expected) {
        INFO(id);
        REQUIRE(stored.at(id).DebugString() == test::shown(*row));
    }
    CHECK(database.totals() == database.counted());
}

}  // namespace

// Lives of up to five events; in the long form of up to seven, 5,040 orders each.
TEST_CASE("every order of the short lives ends in the same row, through the store", "[long]") {
    test::StoreDatabase database;
    test::StoreServer server(database.url(), {.writer = {.threads = 4}});
    Rows expected;
    Steps steps(test::long_form() ? 7 : 5);
    int made = 0;
    for (std::size_t kind = 0; kind < test::lives("").size(); ++kind) {
        const auto length = test::lives("")[kind].events.size();
        if (length > steps.size()) continue;
        std::vector<std::size_t> order(length);
        for (std::size_t i = 0; i < length; ++i) order[i] = i;
        do {
            const auto life = test::lives("in_" + std::to_string(++made))[kind].events;
            expect(expected, life);
            for (std::size_t i = 0; i < length; ++i) steps[i].push_back(life[order[i]]);
        } while (std::next_permutation(order.begin(), order.end()));
    }
    CHECK(made >= (test::long_form() ? 5'040 : 24 + 120 + 24 + 120));
    CAPTURE(made);
    CHECK(deliver(server, steps) == 0);
    check_rows(database, expected);
}

namespace {

// Lives of all kinds, each in an order of its own and with duplicates up to sixteen events.
void check_random_orders(int lives, std::uint32_t seed) {
    INFO("seed " << seed);
    test::StoreDatabase database;
    test::StoreServer server(database.url(), {.writer = {.threads = 4}});
    test::EventGenerator random(seed);
    Rows expected;
    Steps steps(16);
    for (int i = 0; i < lives; ++i) {
        const auto name = "in_" + std::to_string(seed) + "_" + std::to_string(i);
        auto life = i % 3 == 0 ? test::long_life(name, random)
                               : test::lives(name)[random.below(test::lives(name).size())].events;
        expect(expected, life);
        while (life.size() < steps.size()) {
            auto copy = life[random.below(life.size())];
            life.push_back(std::move(copy));
        }
        std::shuffle(life.begin(), life.end(), random.random());
        for (std::size_t step = 0; step < steps.size(); ++step) steps[step].push_back(life[step]);
    }
    CHECK(deliver(server, steps) == 0);
    check_rows(database, expected);
}

}  // namespace

TEST_CASE("random orders with duplicates of all lives end in the same row, through the store", "[long]") {
    // The long form: 10,000 orders, a thousand in a database at a time.
    const int rounds = test::long_form() ? 10 : 1;
    const int lives = test::long_form() ? 1'000 : 300;
    for (int round = 0; round < rounds; ++round) check_random_orders(lives, 2'027U + static_cast<std::uint32_t>(round));
}
