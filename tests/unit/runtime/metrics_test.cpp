// The registry: the same metric for the same name and labels, from any thread, and the text that Prometheus reads.
#include "runtime/metrics.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <memory>
#include <thread>

using Catch::Contains;
using quittance::runtime::Metrics;

TEST_CASE("the same name and labels give the same metric") {
    Metrics metrics;
    const auto one = metrics.counter("quittance_test_total", "Help.", {{"route", "a"}});
    const auto same = metrics.counter("quittance_test_total", "Help.", {{"route", "a"}});
    const auto other = metrics.counter("quittance_test_total", "Help.", {{"route", "b"}});
    one.increment();
    same.increment();
    CHECK(one.value() == 2);
    CHECK(other.value() == 0);
    metrics.gauge("quittance_test", "Help.").set(1);
    metrics.gauge("quittance_test", "Help.").increment(2);
    metrics.seconds("quittance_test_seconds", "Help.").observe(1);
    metrics.seconds("quittance_test_seconds", "Help.").observe(1);
    CHECK_THAT(metrics.text(), Contains("quittance_test 3\n") && Contains("quittance_test_seconds_count 2\n"));
}

TEST_CASE("a handle may be written after its metrics have gone") {
    auto metrics = std::make_unique<Metrics>();
    const auto counter = metrics->counter("quittance_test_total", "Help.");
    const auto gauge = metrics->gauge("quittance_test", "Help.");
    const auto seconds = metrics->seconds("quittance_test_seconds", "Help.");
    metrics.reset();
    counter.increment();
    gauge.set(1);
    seconds.observe(1);
    CHECK(counter.value() == 1);
}

TEST_CASE("the text is what Prometheus reads, with hostile labels escaped") {
    Metrics metrics;
    metrics.counter("quittance_test_total", "What it counts.", {{"route", "a\"b\\c\nd 1\nforged 1"}}).increment();
    metrics.gauge("quittance_test_depth", "How deep.").set(7);
    metrics.seconds("quittance_test_seconds", "How long.").observe(0.3);
    const auto text = metrics.text();
    CHECK_THAT(text, Contains("# HELP quittance_test_total What it counts.\n") &&
                         Contains("# TYPE quittance_test_total counter\n") &&
                         Contains(R"(quittance_test_total{route="a\"b\\c\nd 1\nforged 1"} 1)"));
    CHECK_THAT(text, Contains("quittance_test_depth 7\n"));
    CHECK_THAT(text, Contains("quittance_test_seconds_bucket{le=\"0.25\"} 0\n") &&
                         Contains("quittance_test_seconds_bucket{le=\"0.5\"} 1\n") &&
                         Contains("quittance_test_seconds_bucket{le=\"+Inf\"} 1\n") &&
                         Contains("quittance_test_seconds_count 1\n"));
}

TEST_CASE("collectors run before each scrape") {
    Metrics metrics;
    const auto gauge = metrics.gauge("quittance_test", "Help.");
    int scrapes = 0;
    metrics.before_scrape([&] { gauge.set(++scrapes); });
    CHECK_THAT(metrics.text(), Contains("quittance_test 1\n"));
    CHECK_THAT(metrics.text(), Contains("quittance_test 2\n"));
}

TEST_CASE("metrics and collectors may be added while others count and scrape") {
    Metrics metrics;
    constexpr int kThreads = 4;
    constexpr int kRounds = 500;
    std::atomic<int> collected{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < kRounds; ++i) {
                metrics.counter("quittance_test_total", "Help.", {{"n", std::to_string(i % 20)}}).increment();
                if (t == 0 && i % 50 == 0) metrics.before_scrape([&collected] { ++collected; });
                if (t == 1 && i % 50 == 0) CHECK_FALSE(metrics.text().empty());
            }
        });
    }
    for (auto& thread : threads) thread.join();
    double total = 0;
    for (int n = 0; n < 20; ++n)
        total += metrics.counter("quittance_test_total", "Help.", {{"n", std::to_string(n)}}).value();
    CHECK(total == kThreads * kRounds);
    collected = 0;
    metrics.text();
    CHECK(collected == 10);
}
