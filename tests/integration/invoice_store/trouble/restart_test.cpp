// PostgreSQL is stopped as by a crash and started again, under load from callers and from Stripe.
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>
#include <vector>

#include "integration/invoice_store/trouble/ledger.hpp"
#include "support/patience.hpp"
#include "support/postgres.hpp"

using namespace quittance;
using namespace quittance::test;

namespace {

// What a refusal asks of a caller; else an outage would be thousands of events to be sent again.
constexpr std::chrono::milliseconds kBackOff{50};

// Three callers and a sender of webhooks, until the end; every answer is a success or the refusal that asks for another
// try.
class Load {
  public:
    Load(const TroubledStore& store, Ledger& ledger) {
        for (int i = 0; i < 3; ++i)
            threads_.emplace_back([&, this] {
                auto client = store.client();
                while (!stopping_) {
                    const auto code = ledger.call(client);
                    if (code == grpc::StatusCode::OK) continue;
                    if (code != grpc::StatusCode::UNAVAILABLE) ++wrong_;
                    std::this_thread::sleep_for(kBackOff);
                }
            });
        threads_.emplace_back([&, this] {
            while (!stopping_) {
                const auto status = ledger.webhook(store.webhooks());
                if (status == 200) continue;
                if (status != 503) ++wrong_;
                std::this_thread::sleep_for(kBackOff);
            }
        });
    }
    ~Load() { end(); }

    // How many answers were neither.
    int end() {
        stopping_ = true;
        for (auto& thread : threads_)
            if (thread.joinable()) thread.join();
        return wrong_;
    }

  private:
    std::atomic<bool> stopping_ = false;
    std::atomic<int> wrong_ = 0;
    std::vector<std::thread> threads_;
};

}  // namespace

TEST_CASE("PostgreSQL restarted under load: nothing acknowledged is lost, nothing is there twice") {
    PostgresServer postgres;
    TroubledStore store(postgres.url());
    REQUIRE(store.becomes_ready());
    Ledger ledger("restart");
    Load load(store, ledger);
    for (int round = 0; round < 3; ++round) {
        const auto before = ledger.acknowledged();
        REQUIRE(eventually([&] { return ledger.acknowledged() > before + 20; }));
        const auto refused = ledger.owed();
        postgres.stop();
        CHECK(store.becomes_unready("database"));
        CHECK(eventually([&] { return ledger.owed() > refused; }));
        postgres.start();
        CHECK(store.becomes_ready());
    }
    CHECK(load.end() == 0);
    CHECK(ledger.has_what_was_acknowledged(postgres.url()));
    auto client = store.client();
    REQUIRE(ledger.settle(client));
    CHECK(ledger.is_exact(postgres.url()));
    CHECK(store.running());
}
