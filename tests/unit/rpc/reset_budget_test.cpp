// How many calls a connection may reset, alone and among others.
#include "rpc/server/reset_budget.hpp"

#include <catch2/catch.hpp>
#include <memory>
#include <vector>

using quittance::rpc::ConnectionResets;
using quittance::rpc::ResetBudget;
using namespace std::chrono_literals;

namespace {

const ResetBudget::Clock::time_point kStart{1h};

// How many of `tries` resets at one moment a connection may have.
int allowed(ConnectionResets& connection, int tries, ResetBudget::Clock::time_point now = kStart) {
    int count = 0;
    while (count < tries && connection.take(now)) ++count;
    return count;
}

}  // namespace

TEST_CASE("a connection may reset all the calls that it may have, and later again") {
    ResetBudget all;
    ConnectionResets connection(all);
    CHECK(allowed(connection, 10'000) == 2'048);
    CHECK(allowed(connection, 10'000, kStart + 1s) == 500);
    CHECK(allowed(connection, 10'000, kStart + 10s) == 2'048);
}

TEST_CASE("many connections together may reset no more than all may, and each a few more") {
    ResetBudget all;
    std::vector<std::unique_ptr<ConnectionResets>> connections;
    int count = 0;
    for (int i = 0; i < 100; ++i) {
        connections.push_back(std::make_unique<ConnectionResets>(all));
        count += allowed(*connections.back(), 10'000);
    }
    CHECK(count >= 4'096);
    CHECK(count <= 4'096 + 100 * 64);
}

TEST_CASE("while others reset too many, a caller may still give up a few calls") {
    ResetBudget all;
    ConnectionResets honest(all);
    std::vector<std::unique_ptr<ConnectionResets>> others;
    for (int second = 0; second < 20; ++second) {
        const auto now = kStart + std::chrono::seconds(second);
        for (int i = 0; i < 10; ++i) {
            others.push_back(std::make_unique<ConnectionResets>(all));
            allowed(*others.back(), 10'000, now);
        }
        CHECK(allowed(honest, 10, now) == 10);
    }
}
