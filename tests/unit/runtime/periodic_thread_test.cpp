// The background loop: when it runs, what ends a pause, what an exception does, and that a stop ends it.
#include "runtime/periodic_thread.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <stdexcept>
#include <thread>

#include "support/patience.hpp"

using namespace std::chrono_literals;
using quittance::runtime::Pause;
using quittance::runtime::PeriodicThread;
using quittance::test::eventually;
using quittance::test::kPatience;

namespace {}  // namespace

TEST_CASE("work runs at once and then again after each pause") {
    std::atomic<int> runs{0};
    PeriodicThread thread("test", 1ms);
    thread.start([&] {
        ++runs;
        return Pause{1ms};
    });
    CHECK(eventually([&] { return runs >= 3; }));
}

TEST_CASE("a wake ends a pause, and one that comes during a run is not lost") {
    std::atomic<int> runs{0};
    std::promise<void> running;
    std::promise<void> go_on;
    PeriodicThread thread("test", 1ms);
    thread.start(
        [&] {
            if (++runs == 1) {
                running.set_value();
                go_on.get_future().wait_for(kPatience);
            }
            return Pause::forever();
        },
        Pause::forever());
    CHECK(runs == 0);
    thread.wake();
    REQUIRE(running.get_future().wait_for(kPatience) == std::future_status::ready);
    thread.wake();
    go_on.set_value();
    CHECK(eventually([&] { return runs == 2; }));
}

TEST_CASE("a wake does not shorten a pause below its shortest length") {
    std::atomic<int> runs{0};
    std::chrono::steady_clock::time_point first;
    std::chrono::steady_clock::time_point second;
    std::promise<void> began;
    PeriodicThread thread("test", 1ms);
    thread.start([&] {
        (++runs == 1 ? first : second) = std::chrono::steady_clock::now();
        if (runs == 1) began.set_value();
        return runs == 1 ? Pause{24h, 50ms} : Pause::end();
    });
    REQUIRE(began.get_future().wait_for(kPatience) == std::future_status::ready);
    thread.wake();
    REQUIRE(eventually([&] { return runs == 2; }));
    thread.stop();
    CHECK(second - first >= 50ms);
}

TEST_CASE("work that throws is retried") {
    std::atomic<int> runs{0};
    PeriodicThread thread("test", 1ms);
    thread.start([&]() -> Pause {
        switch (++runs) {
            case 1:
                throw std::runtime_error("first");
            case 2:
                throw 2;
            default:
                return Pause::end();
        }
    });
    CHECK(eventually([&] { return runs == 3; }));
}

TEST_CASE("a stop ends a long pause, waits for a run in progress, and may be repeated") {
    std::atomic<bool> finished{false};
    std::promise<void> running;
    PeriodicThread thread("test", 1ms);
    thread.start([&] {
        running.set_value();
        std::this_thread::sleep_for(20ms);
        finished = true;
        return Pause::forever();
    });
    REQUIRE(running.get_future().wait_for(kPatience) == std::future_status::ready);
    thread.stop();
    CHECK(finished);
    thread.stop();
    thread.start([&] { return Pause::end(); });  // after a stop: nothing

    PeriodicThread pausing("test", 1ms);
    pausing.start([] { return Pause::end(); }, Pause::forever());
    pausing.stop();
}
