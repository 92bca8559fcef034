// The batcher: items that wait share a call, an idle batcher sends at once, and every waiter gets its own answer.
#include <catch2/catch.hpp>

#include "integration/rpc/batcher_bench.hpp"

using namespace quittance::rpc;        // NOLINT(google-build-using-namespace)
using namespace quittance::test;       // NOLINT(google-build-using-namespace)
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
namespace asio = boost::asio;

namespace {

std::string text_of(const Bench& bench, std::size_t place) {
    const auto& answer = bench.answers.at(place);
    if (!answer) return "none yet";
    return answer->has_value() ? **answer : "error " + detail_of(answer->error()).reason();
}

using Batch = std::vector<int>;

}  // namespace

TEST_CASE("an idle batcher sends at once") {
    Bench bench;
    const auto place = bench.submit(7);
    bench.run();
    CHECK(bench.batches == std::vector<Batch>{{7}});
    CHECK(text_of(bench, place) == "none yet");
    bench.release();
    CHECK(text_of(bench, place) == "7");
    CHECK(bench.batcher().in_flight() == 0);
}

TEST_CASE("items that arrive while calls are in flight wait, and the next call takes all of them") {
    Bench bench;
    bench.submit(1);
    bench.submit(2);
    for (int i = 3; i <= 10; ++i) bench.submit(i);
    bench.run();
    CHECK(bench.batches == std::vector<Batch>{{1}, {2}});
    CHECK(bench.batcher().in_flight() == 2);
    CHECK(bench.batcher().waiting() == 8);
    bench.release();
    CHECK(bench.batches.back() == Batch{3, 4, 5, 6, 7, 8, 9, 10});
    CHECK(text_of(bench, 0) == "1");
    CHECK(text_of(bench, 1) == "none yet");
    bench.release_all();
    for (std::size_t i = 0; i < 10; ++i) CHECK(text_of(bench, i) == std::to_string(i + 1));
    CHECK(bench.batches.size() == 3);
    CHECK(bench.batcher().in_flight() == 0);
    CHECK(bench.batcher().waiting() == 0);
}

TEST_CASE("while one call is in flight, the next waits for the minimum number of items") {
    BatcherLimits limits;
    limits.min_batch_items = 3;
    limits.max_batch_delay = 24h;
    Bench bench(limits);
    for (int i = 1; i <= 3; ++i) bench.submit(i);
    bench.run();
    CHECK(bench.batches == std::vector<Batch>{{1}});
    bench.submit(4);
    bench.run();
    CHECK(bench.batches == std::vector<Batch>{{1}, {2, 3, 4}});
    bench.submit(5);
    bench.run();
    CHECK(bench.batcher().waiting() == 1);
    bench.release();  // one call is still in flight
    CHECK(bench.batcher().waiting() == 1);
    bench.release();  // no call is in flight: 5 goes at once
    CHECK(bench.batches.back() == Batch{5});
    bench.release_all();
    for (std::size_t i = 0; i < 5; ++i) CHECK(text_of(bench, i) == std::to_string(i + 1));
}

TEST_CASE("after the maximum delay an item goes, whether or not other items have come") {
    BatcherLimits limits;
    limits.min_batch_items = 3;
    limits.max_batch_delay = 20ms;
    Bench bench(limits);
    bench.submit(1);
    bench.submit(2);
    bench.run();
    CHECK(bench.batches == std::vector<Batch>{{1}});
    const auto deadline = std::chrono::steady_clock::now() + 1min;
    while (bench.batches.size() < 2 && std::chrono::steady_clock::now() < deadline) bench.run();
    CHECK(bench.batches == std::vector<Batch>{{1}, {2}});
    bench.release_all();
    CHECK(text_of(bench, 1) == "2");
}

TEST_CASE("a call takes no more items and bytes than its limits") {
    BatcherLimits limits;
    limits.calls_in_flight = 1;
    limits.batch_items = 3;
    limits.batch_bytes = 100;
    Bench bench(limits);
    bench.submit(0);
    for (int i = 1; i <= 4; ++i) bench.submit(i, 10);
    bench.submit(5, 91);
    bench.submit(6, 9);
    bench.submit(7, 1);
    bench.submit(8, 5'000);  // larger than the limit: it goes alone
    bench.submit(9, 1);
    bench.run();
    bench.release_all();
    CHECK(bench.batches == std::vector<Batch>{{0}, {1, 2, 3}, {4}, {5, 6}, {7}, {8}, {9}});
    for (std::size_t i = 0; i < 10; ++i) CHECK(text_of(bench, i) == std::to_string(i));
}

TEST_CASE("a full queue refuses at once") {
    BatcherLimits limits;
    limits.calls_in_flight = 1;
    limits.waiting_items = 2;
    Bench bench(limits);
    for (int i = 0; i < 5; ++i) bench.submit(i);
    bench.run();
    CHECK(text_of(bench, 2) == "none yet");
    for (const std::size_t place : {3U, 4U}) {
        CHECK(text_of(bench, place) == "error queue_full");
        CHECK(bench.answers[place]->error().error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED);
    }
    bench.release_all();
    bench.submit(9);
    bench.run();
    bench.release_all();
    CHECK(text_of(bench, 5) == "9");
}

TEST_CASE("a failure of a call reaches all waiters of this call and no others") {
    BatcherLimits limits;
    limits.calls_in_flight = 1;
    Bench bench(limits);
    bench.answer = [](const std::vector<int>& items) -> Answers {
        if (items.size() > 1) return make_status(grpc::StatusCode::UNAVAILABLE, "gone", "store_gone");
        return std::vector<Result<std::string>>(1, "fine");
    };
    bench.submit(1);
    bench.submit(2);
    bench.submit(3);
    bench.run();
    bench.release();
    bench.submit(4);
    bench.run();
    bench.release_all();
    CHECK(text_of(bench, 0) == "fine");
    CHECK(text_of(bench, 1) == "error store_gone");
    CHECK(text_of(bench, 2) == "error store_gone");
    CHECK(text_of(bench, 3) == "fine");
}

TEST_CASE("each waiter gets its own answer, also if it is an error") {
    BatcherLimits limits;
    limits.calls_in_flight = 1;
    Bench bench(limits);
    bench.answer = [](const std::vector<int>& items) -> Answers {
        std::vector<Result<std::string>> results;
        for (const int item : items) {
            if (item % 2 == 0)
                results.emplace_back(std::to_string(item));
            else
                results.emplace_back(make_status(grpc::StatusCode::NOT_FOUND, "", "odd"));
        }
        return results;
    };
    for (int i = 0; i < 5; ++i) bench.submit(i);
    bench.run();
    bench.release_all();
    for (std::size_t i = 0; i < 5; ++i) CHECK(text_of(bench, i) == (i % 2 == 0 ? std::to_string(i) : "error odd"));
}

TEST_CASE("after an answer that is too short or too long every waiter still gets an answer") {
    for (const std::size_t given : {0U, 1U, 2U, 9U}) {
        BatcherLimits limits;
        limits.calls_in_flight = 1;
        Bench bench(limits);
        bench.answer = [given](const std::vector<int>& items) -> Answers {
            return std::vector<Result<std::string>>(items.size() == 1 ? 1 : given, std::string("a"));
        };
        for (int i = 0; i < 4; ++i) bench.submit(i);
        bench.run();
        bench.release_all();
        for (std::size_t i = 1; i < 4; ++i) CHECK(text_of(bench, i) == (i <= given ? "a" : "error batch_short"));
        CHECK(bench.batcher().in_flight() == 0);
    }
}

TEST_CASE("after a sender throws anything, no waiter is left waiting") {
    for (const bool standard : {true, false}) {
        Bench bench;
        bench.answer = [standard](const std::vector<int>&) -> Answers {
            if (standard) throw std::runtime_error("secret");
            throw 42;  // NOLINT(hicpp-exception-baseclass): that is the point
        };
        bench.submit(1);
        bench.run();
        bench.release_all();
        CHECK(text_of(bench, 0) == "error batch_failed");
        CHECK(bench.answers[0]->error().error_message().find("secret") == std::string::npos);
        CHECK(bench.batcher().in_flight() == 0);
        bench.answer = {};
        bench.submit(2);
        bench.run();
        bench.release_all();
        CHECK(text_of(bench, 1) == "2");
    }
}

TEST_CASE("after some failures of a whole batch each item goes alone, with the deadline of the batch") {
    BatcherLimits limits;
    limits.calls_in_flight = 1;
    limits.split_after = [](grpc::StatusCode code) { return code == grpc::StatusCode::INTERNAL; };
    for (const auto failure : {grpc::StatusCode::INTERNAL, grpc::StatusCode::UNAVAILABLE}) {
        Bench bench(limits);
        bench.answer = [failure](const std::vector<int>& items) -> Answers {
            if (items.size() > 1 || items.front() == 2) return make_status(failure, "", "bad");
            return std::vector<Result<std::string>>(1, std::to_string(items.front()));
        };
        for (int i = 0; i < 4; ++i) bench.submit(i);
        bench.run();
        bench.release_all();
        const bool split = failure == grpc::StatusCode::INTERNAL;
        CHECK(bench.batches ==
              (split ? std::vector<Batch>{{0}, {1, 2, 3}, {1}, {2}, {3}} : std::vector<Batch>{{0}, {1, 2, 3}}));
        CHECK(text_of(bench, 1) == (split ? "1" : "error bad"));
        CHECK(text_of(bench, 2) == "error bad");
        CHECK(text_of(bench, 3) == (split ? "3" : "error bad"));
        for (const auto deadline : bench.deadlines) CHECK(deadline == kFar);
        CHECK(bench.batcher().in_flight() == 0);
    }
}

TEST_CASE("a call with a time of its own has the same deadline for each item that goes alone") {
    BatcherLimits limits;
    limits.calls_in_flight = 1;
    limits.call_time = 1h;
    limits.split_after = [](grpc::StatusCode) { return true; };
    Bench bench(limits);
    bench.answer = [](const std::vector<int>&) -> Answers {
        return make_status(grpc::StatusCode::INTERNAL, "", "bad");
    };
    const auto before = std::chrono::system_clock::now();
    for (int i = 0; i < 3; ++i) bench.submit(i);
    bench.run();
    bench.release_all();
    REQUIRE(bench.deadlines.size() == 4);
    CHECK(bench.deadlines[1] >= before + 1h);
    CHECK(bench.deadlines[1] < before + 2h);
    CHECK(bench.deadlines[2] == bench.deadlines[1]);
    CHECK(bench.deadlines[3] == bench.deadlines[1]);
}

TEST_CASE("a call has the latest deadline of its items") {
    BatcherLimits limits;
    limits.calls_in_flight = 1;
    Bench bench(limits);
    bench.submit(0, 1, kFar + 1s);
    bench.submit(1, 1, kFar + 2s);
    bench.submit(2, 1, kFar + 9s);
    bench.submit(3, 1, kFar + 4s);
    bench.run();
    bench.release_all();
    CHECK(bench.deadlines == std::vector<Deadline>{kFar + 1s, kFar + 9s});
}

TEST_CASE("an item that waited until its deadline gets DEADLINE_EXCEEDED and is not sent") {
    BatcherLimits limits;
    limits.calls_in_flight = 1;
    Bench bench(limits);
    const auto past = std::chrono::system_clock::now() - 1s;
    bench.submit(0);
    bench.submit(1, 1, past);
    bench.submit(2);
    bench.submit(3, 1, past);
    bench.run();
    bench.release_all();
    CHECK(bench.batches == std::vector<Batch>{{0}, {2}});
    CHECK(text_of(bench, 1) == "error queue_timeout");
    CHECK(bench.answers[3]->error().error_code() == grpc::StatusCode::DEADLINE_EXCEEDED);
    CHECK(text_of(bench, 2) == "2");
    // The same if no other item is left, and if the batcher is idle.
    bench.submit(4, 1, past);
    bench.run();
    CHECK(text_of(bench, 4) == "error queue_timeout");
    CHECK(bench.batcher().in_flight() == 0);
}

TEST_CASE("thousands of items at once each get their own answer, in few calls") {
    constexpr int kItems = 8'000;
    Bench bench;
    for (int i = 0; i < kItems; ++i) bench.submit(i);
    bench.run();
    bench.release_all();
    for (int i = 0; i < kItems; ++i) REQUIRE(text_of(bench, static_cast<std::size_t>(i)) == std::to_string(i));
    std::size_t sent = 0;
    for (const auto& batch : bench.batches) {
        CHECK(batch.size() <= 256);
        sent += batch.size();
    }
    CHECK(sent == kItems);
    CHECK(bench.batches.size() <= 2 + (kItems + 255) / 256);
}

TEST_CASE("a waiter may submit again as soon as it has its answer") {
    asio::io_context loop{1};
    int calls = 0;
    IntBatcher batcher(loop, {}, [&](const std::vector<int>& items, Deadline) -> asio::awaitable<Answers> {
        ++calls;
        std::vector<Result<std::string>> results;
        for (const int item : items) results.emplace_back(std::to_string(item));
        co_return results;
    });
    int right = 0;
    for (int w = 0; w < 50; ++w) {
        asio::co_spawn(
            loop,
            [&, w]() -> asio::awaitable<void> {
                for (int i = 0; i < 100; ++i) {
                    const auto answer = co_await batcher.submit(w * 100 + i, 1, kFar);
                    right += answer.has_value() && *answer == std::to_string(w * 100 + i) ? 1 : 0;
                }
            },
            asio::detached);
    }
    loop.run();
    CHECK(right == 5'000);
    CHECK(calls <= 5'000);
}

TEST_CASE("a batcher that is destroyed with its loop while items wait leaks nothing") {
    Bench bench;
    for (int i = 0; i < 10; ++i) bench.submit(i);
    bench.run();
    CHECK(bench.batcher().waiting() == 8);
}
