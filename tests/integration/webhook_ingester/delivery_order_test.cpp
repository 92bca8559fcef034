// Through the real store: deliveries in any order, at once, with duplicates, and over a store that is killed, leave the
// rows that the events leave in the order in which they happened.
#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <random>

#include "integration/webhook_ingester/ingester.hpp"
#include "integration/webhook_ingester/lives.hpp"
#include "integration/webhook_ingester/real_store.hpp"

using namespace quittance::test;  // NOLINT(google-build-using-namespace): a test of its own

namespace {

constexpr std::size_t kInvoices = 200;
constexpr std::size_t kDeliveries = 1'000;
constexpr unsigned kSeed = 20'231'106;  // the same order in every run

std::vector<std::string> events_in_order() {
    std::vector<std::string> bodies;
    for (std::size_t i = 0; i < kInvoices; ++i)
        for (auto& body : life_of_invoice(i)) bodies.push_back(std::move(body));
    return bodies;
}

// Every event at least once, in random order, as many deliveries in all.
std::vector<Webhook> shuffled(std::vector<std::string> bodies, std::size_t deliveries) {
    std::mt19937 random(kSeed);
    const auto distinct = bodies.size();
    while (bodies.size() < deliveries) bodies.push_back(bodies[random() % distinct]);
    std::shuffle(bodies.begin(), bodies.end(), random);
    std::vector<Webhook> webhooks;
    for (const auto& body : bodies) webhooks.push_back(signed_webhook(body));
    return webhooks;
}

std::vector<std::string> rows_of_ordered_deliveries(const std::vector<std::string>& bodies) {
    RealStore store;
    Ingester ingester({store.address()});
    for (const auto& body : bodies) REQUIRE(ingester.deliver(signed_webhook(body)).status == 200);
    CHECK(store.inbox_size() == bodies.size());
    auto rows = store.rows();
    // The ordered run is itself right: every invoice is there and ended as its life did.
    std::map<std::string, std::size_t> expected;
    std::map<std::string, std::size_t> found;
    for (std::size_t i = 0; i < kInvoices; ++i) ++expected[end_of_invoice(i)];
    for (const auto& row : rows) ++found[boost::json::parse(row).at("status").as_string().c_str()];
    CHECK(found == expected);
    return rows;
}

}  // namespace

TEST_CASE("1,000 concurrent deliveries of 200 invoices in random order with duplicates end in the ordered rows") {
    const auto bodies = events_in_order();
    const auto expected = rows_of_ordered_deliveries(bodies);
    RealStore store;
    Ingester ingester({store.address()});
    const auto answers = ingester.sender().deliver_all(shuffled(bodies, kDeliveries), kDeliveries);
    std::size_t duplicates = 0;
    for (const auto& answer : answers) {
        REQUIRE(answer.status == 200);
        if (answer.code() == "duplicate") ++duplicates;
    }
    CHECK(answers.size() == kDeliveries);
    CHECK(duplicates == kDeliveries - bodies.size());
    CHECK(store.inbox_size() == bodies.size());
    CHECK(store.dead_events() == 0);
    CHECK(store.rows() == expected);
}

TEST_CASE("a store that is killed again and again while webhooks arrive ends in the ordered rows") {
    constexpr std::size_t kKills = 3;
    constexpr std::size_t kAtATime = 32;
    constexpr std::size_t kAroundAKill = 3 * kAtATime;  // the kill comes in the middle of these
    const auto bodies = events_in_order();
    const auto expected = rows_of_ordered_deliveries(bodies);
    RealStore store;
    // What is sent in an outage is answered after half of the patience.
    Ingester ingester({store.address(), {kSecret}, std::chrono::milliseconds(3'000)});
    auto open = shuffled(bodies, kDeliveries);
    // Sends some; what was answered 503 stays open, as Stripe keeps it.
    const auto send = [&](std::size_t count, const std::function<void()>& meanwhile) {
        std::vector<Webhook> sent(open.end() - static_cast<std::ptrdiff_t>(count), open.end());
        open.resize(open.size() - count);
        const auto answers = ingester.sender().deliver_all(sent, kAtATime, meanwhile);
        for (std::size_t i = 0; i < answers.size(); ++i) {
            REQUIRE((answers[i].status == 200 || answers[i].status == 503));
            if (answers[i].status == 503) open.push_back(std::move(sent[i]));
        }
    };
    for (std::size_t kill = 0; kill < kKills; ++kill) {
        // In the middle: some of these are durable by then, the others on their way.
        const double before = ingester.metric("quittance_webhook_seconds_count");
        send(kAroundAKill, [&] {
            CHECK(ingester.wait_for_metric("quittance_webhook_seconds_count", before + kAtATime / 2));
            store.kill();
        });
        const auto still_open = open.size();
        send(1, {});
        CHECK(open.size() == still_open);  // nothing is acknowledged while nobody can store it
        store.start();
    }
    for (int round = 0; !open.empty(); ++round) {
        REQUIRE(round < 100);
        send(open.size(), {});
    }
    CHECK(store.inbox_size() == bodies.size());
    CHECK(store.dead_events() == 0);
    CHECK(store.rows() == expected);
}

TEST_CASE("an event whose invoice cannot be read is parked, and harms no other") {
    RealStore store;
    Ingester ingester({store.address()});
    const auto poison = event_body("evt_poison", [](auto& event) { object_of(event)["amount_due"] = 1.5; });
    CHECK(ingester.deliver(signed_webhook(poison)).code() == "dead");
    CHECK(ingester.deliver(signed_webhook(poison)).code() == "duplicate");
    CHECK(ingester.deliver(signed_webhook(event_body("evt_good"))).code() == "applied");
    CHECK(store.dead_events() == 1);
    CHECK(store.rows().size() == 1);
}
