// Lives with refunds, disputes and credit notes: every order, with duplicates, through the running store with several
// writers at once, ends in what the same events make when they come one after the other.
#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>
#include <vector>

#include "integration/invoice_store/store_database.hpp"
#include "integration/invoice_store/store_server.hpp"
#include "support/long_form.hpp"
#include "support/patience.hpp"
#include "unit/invoice_store/disputed_life.hpp"

using namespace quittance;
using Outcome = v1::EventOutcome;

namespace {

constexpr std::size_t kCallers = 8;
constexpr std::size_t kBatch = 100;

using Events = std::vector<v1::InvoiceEvent>;

// How many calls were not answered in full.
int send(const test::StoreServer& server, const Events& events) {
    test::StoreClient client(server.stub());
    int failed = 0;
    for (std::size_t start = 0; start < events.size(); start += kBatch) {
        const auto from = events.begin() + static_cast<std::ptrdiff_t>(start);
        const auto to = events.begin() + static_cast<std::ptrdiff_t>(std::min(start + kBatch, events.size()));
        const auto [status, states] = client.apply(Events(from, to));
        const bool wrong = !status.ok() || std::any_of(states.begin(), states.end(), [](auto state) {
            return state == Outcome::RETRY || state == Outcome::DEAD;
        });
        if (wrong) ++failed;
    }
    return failed;
}

int send_at_once(const test::StoreServer& server, const Events& events) {
    std::atomic<int> failed = 0;
    std::vector<std::thread> callers;
    for (std::size_t caller = 0; caller < kCallers; ++caller)
        callers.emplace_back([&, caller] {
            Events share;
            for (std::size_t i = caller; i < events.size(); i += kCallers) share.push_back(events[i]);
            failed += send(server, share);
        });
    for (auto& caller : callers) caller.join();
    return failed;
}

std::vector<std::string> texts(const test::StoreDatabase& database) {
    std::vector<std::string> found;
    for (const auto& [id, invoice] : database.settled_invoices()) found.push_back(invoice.DebugString());
    return found;
}

// What two transactions could not see of each other is found by the keeper, a moment later.
bool becomes(const test::StoreDatabase& database, const std::vector<std::string>& expected) {
    return test::eventually([&] { return texts(database) == expected; });
}

// Each life's events with some of them twice, all lives mixed.
Events shuffled(const Events& told, test::EventGenerator& random) {
    auto events = told;
    for (const auto& event : told)
        if (random.below(3) == 0) events.push_back(event);
    std::shuffle(events.begin(), events.end(), random.random());
    return events;
}

void check_orders(int lives, std::uint32_t seed) {
    INFO("seed " << seed);
    test::EventGenerator random(seed);
    Events told;
    for (int i = 0; i < lives; ++i)
        for (auto& event : test::disputed_life("in_" + std::to_string(seed) + "_" + std::to_string(i), random))
            told.push_back(std::move(event));
    test::StoreDatabase reference;
    {
        test::StoreServer one(reference.url(), {.writer = {.threads = 1}});
        REQUIRE(send(one, told) == 0);
    }
    const auto expected = texts(reference);
    REQUIRE(expected.size() == static_cast<std::size_t>(lives));
    test::StoreDatabase database;
    test::StoreServer server(database.url(), {.writer = {.threads = 4}});
    CHECK(send_at_once(server, shuffled(told, random)) == 0);
    if (!becomes(database, expected)) CHECK(texts(database) == expected);
    CHECK(database.totals() == database.counted());
    // A credit note changes amounts that only Stripe can tell: in no order is its invoice forgotten.
    CHECK(database.value("SELECT count(*) FROM refetches") == std::to_string(lives));
}

}  // namespace

TEST_CASE("refunds, disputes and credit notes in any order settle their invoices alike", "[long]") {
    const int rounds = test::long_form() ? 10 : 1;
    const int lives = test::long_form() ? 250 : 100;
    for (int round = 0; round < rounds; ++round) check_orders(lives, 3'000U + static_cast<std::uint32_t>(round));
}
