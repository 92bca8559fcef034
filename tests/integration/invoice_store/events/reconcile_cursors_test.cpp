// The places that readers of Stripe's lists have come to, kept for all replicas.
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

#include "integration/invoice_store/events/refetching_store.hpp"
#include "rpc/status.hpp"

using namespace quittance;
using Running = test::RefetchingStore;

TEST_CASE("a cursor moves from where the caller believes it to be, or not at all") {
    Running running;
    const auto move = [&](const std::string& expected, const std::string& value) {
        v1::MoveCursorRequest request;
        request.set_name("events/default");
        request.set_expected(expected);
        request.set_value(value);
        v1::Cursor cursor;
        return running.client.call(&v1::InvoiceStore::Stub::MoveCursor, request, cursor).error_code();
    };
    const auto get = [&] {
        v1::GetCursorRequest request;
        request.set_name("events/default");
        v1::Cursor cursor;
        REQUIRE(running.client.call(&v1::InvoiceStore::Stub::GetCursor, request, cursor).ok());
        return cursor;
    };
    CHECK(get().value().empty());
    CHECK_FALSE(get().has_move_time());
    CHECK(move("evt_1", "evt_2") == grpc::StatusCode::ABORTED);
    CHECK(move("", "evt_1") == grpc::StatusCode::OK);
    CHECK(move("", "evt_9") == grpc::StatusCode::ABORTED);
    CHECK(move("evt_1", "evt_2") == grpc::StatusCode::OK);
    CHECK(get().value() == "evt_2");
    CHECK(get().has_move_time());
    CHECK(move("evt_2", "") == grpc::StatusCode::OK);
    CHECK(move("", "evt_3") == grpc::StatusCode::OK);

    v1::MoveCursorRequest bad;
    bad.set_value(std::string(10'001, 'x'));
    v1::Cursor cursor;
    const auto status = running.client.call(&v1::InvoiceStore::Stub::MoveCursor, bad, cursor);
    CHECK(rpc::detail_of(status).fields_size() == 2);
}

TEST_CASE("of many that move a cursor at once one wins each step") {
    Running running;
    constexpr int kSteps = 20;
    constexpr int kReplicas = 4;
    std::atomic<int> moved = 0;
    std::atomic<int> other = 0;
    std::vector<std::thread> replicas;
    for (int replica = 0; replica < kReplicas; ++replica)
        replicas.emplace_back([&, replica] {
            test::StoreClient client(running.server.stub());
            for (int step = 0; step < kSteps; ++step) {
                v1::MoveCursorRequest request;
                request.set_name("race/" + std::to_string(step));
                request.set_value(std::to_string(replica));
                v1::Cursor cursor;
                const auto code = client.call(&v1::InvoiceStore::Stub::MoveCursor, request, cursor).error_code();
                if (code == grpc::StatusCode::OK) ++moved;
                if (code != grpc::StatusCode::OK && code != grpc::StatusCode::ABORTED) ++other;
            }
        });
    for (auto& replica : replicas) replica.join();
    CHECK(moved == kSteps);
    CHECK(other == 0);
}
