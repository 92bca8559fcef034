// Sixteen writers in two stores fight for the same fifty invoices: nobody who calls hears of a deadlock, and every
// event is in the rows.
#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "integration/invoice_store/store_database.hpp"
#include "integration/invoice_store/store_server.hpp"
#include "invoice_store/invoices/merge.hpp"
#include "invoice_store/invoices/snapshot.hpp"
#include "support/long_form.hpp"
#include "unit/invoice_store/generated_events.hpp"

using namespace quittance;
using Outcome = v1::EventOutcome;
using SteadyClock = std::chrono::steady_clock;

namespace {

constexpr std::size_t kWriters = 16;
constexpr std::size_t kInvoices = 50;
constexpr std::size_t kBatch = 20;
constexpr int kShortBatches = 25;
constexpr std::chrono::seconds kLong{30};

struct Caller {
    std::vector<v1::InvoiceEvent> sent;
    int batches = 0;
    int errors = 0;
};

// Invoices in any order and more than once, and now and then what was said of a payment: facts take locks of their own.
v1::InvoiceEvent next_event(test::EventGenerator& random, std::size_t writer) {
    const auto invoice = "in_" + std::to_string(random.below(kInvoices));
    auto event = random.next(invoice);
    event.set_event_id(event.event_id() + "_" + std::to_string(writer));
    if (random.below(10) != 0) return event;
    event.clear_invoice();
    auto& fact = *event.mutable_payment_fact();
    fact.set_kind(v1::PaymentFact::CHARGE);
    fact.set_object_id("ch_" + invoice);
    fact.set_charge_id("ch_" + invoice);
    fact.set_stripe_invoice_id(invoice);
    fact.set_currency("eur");
    fact.set_status("succeeded");
    return event;
}

void fight(test::StoreClient client, std::size_t writer, SteadyClock::time_point until, Caller& caller) {
    test::EventGenerator random(static_cast<std::uint32_t>(5'000 + writer));
    while (test::long_form() ? SteadyClock::now() < until : caller.batches < kShortBatches) {
        std::vector<v1::InvoiceEvent> batch;
        for (std::size_t i = 0; i < kBatch; ++i) batch.push_back(next_event(random, writer));
        const auto [status, states] = client.apply(batch);
        const bool wrong = !status.ok() || std::any_of(states.begin(), states.end(), [](auto state) {
            return state == Outcome::RETRY || state == Outcome::DEAD;
        });
        if (wrong) ++caller.errors;
        ++caller.batches;
        for (auto& event : batch) caller.sent.push_back(std::move(event));
    }
}

std::map<std::string, std::optional<v1::Invoice>> expected_rows(const std::vector<Caller>& callers) {
    std::map<std::string, std::optional<v1::Invoice>> rows;
    for (const auto& caller : callers)
        for (const auto& event : caller.sent) {
            if (!event.has_invoice()) continue;
            auto& row = rows[event.invoice().stripe_invoice_id()];
            row = invoice_store::merge(std::move(row), invoice_store::snapshot_of(event));
        }
    return rows;
}

}  // namespace

TEST_CASE("sixteen writers on the same fifty invoices: no error reaches a caller", "[long]") {
    test::StoreDatabase database;
    test::StoreServer first(database.url(), {.writer = {.threads = kWriters / 2}});
    test::StoreServer second(database.url(), {.writer = {.threads = kWriters / 2}});
    std::vector<Caller> callers(kWriters);
    std::vector<std::thread> threads;
    const auto until = SteadyClock::now() + kLong;
    for (std::size_t i = 0; i < kWriters; ++i)
        threads.emplace_back(
            [&, i] { fight(test::StoreClient((i % 2 == 0 ? first : second).stub()), i, until, callers[i]); });
    for (auto& thread : threads) thread.join();
    int batches = 0;
    std::size_t events = 0;
    for (const auto& caller : callers) {
        CHECK(caller.errors == 0);
        batches += caller.batches;
        events += caller.sent.size();
    }
    if (test::long_form()) WARN(batches << " batches, " << events << " events");
    CHECK(database.value("SELECT count(*) FROM events") == std::to_string(events));
    const auto stored = database.invoices();
    const auto expected = expected_rows(callers);
    REQUIRE(stored.size() == expected.size());
    for (const auto& [id, row] : expected) {
        INFO(id);
        // A payment's time counts in what is shown, and nowhere else.
        auto shown = stored.at(id);
        *shown.mutable_update_time() = row->update_time();
        CHECK(shown.DebugString() == test::shown(*row));
    }
    CHECK(database.totals() == database.counted());
    CHECK(database.value("SELECT count(*) FROM settlements") != "0");
}
