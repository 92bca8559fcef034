// The tree of counts stays true whatever is written at the same time; and who walks a list by cursor meanwhile misses
// nothing and sees nothing twice.
#include <atomic>
#include <catch2/catch.hpp>
#include <random>
#include <set>
#include <thread>

#include "integration/invoice_store/lists/filled_table.hpp"
#include "integration/invoice_store/store_server.hpp"

using namespace quittance;
using test::make_event;

namespace {

constexpr int kWriters = 4;
const std::string kTeams[] = {std::string(24, 'a'), std::string(24, 'b'), std::string(24, 'c')};

struct Running {
    test::StoreDatabase database;
    test::StoreServer server{database.url(), {.writer = {.threads = kWriters}}};
};

// Invoices of one writer: most in the same second, some all over the years; a third of them drafts that are deleted
// in a later batch, the rest paid in it.
// The number of calls that failed.
int write(test::StoreClient client, int writer, int batches) {
    int failed = 0;
    std::mt19937 random(static_cast<std::uint32_t>(writer));
    constexpr int kBatch = 100;
    for (int batch = 0; batch < batches; ++batch) {
        std::vector<v1::InvoiceEvent> created;
        std::vector<v1::InvoiceEvent> settled;
        for (int i = 0; i < kBatch; ++i) {
            const auto name = std::to_string(writer) + "_" + std::to_string(batch) + "_" + std::to_string(i);
            const bool dropped = random() % 3 == 0;
            auto event = make_event("evt_" + name, dropped ? "draft" : "open", 1, "in_" + name);
            auto& invoice = *event.mutable_invoice();
            if (random() % 4 == 0)
                invoice.mutable_create_time()->set_seconds(test::kCreateSecond -
                                                           static_cast<int>(random() % 90'000'000));
            invoice.set_stripe_customer_id("cus_" + std::to_string(random() % 4));
            if (random() % 2 == 0) (*invoice.mutable_metadata())["team_id"] = kTeams[random() % 2];
            created.push_back(event);
            event.set_event_id("evt_later_" + name);
            event.mutable_event_time()->set_seconds(test::kCreateSecond + 5);
            event.mutable_invoice()->set_status(dropped ? "deleted" : "paid");
            settled.push_back(std::move(event));
        }
        failed += client.apply(created).first.ok() ? 0 : 1;
        failed += client.apply(settled).first.ok() ? 0 : 1;
    }
    return failed;
}

}  // namespace

TEST_CASE("the counts are what a fresh count says, whatever writers and registrations do together") {
    Running running;
    constexpr int kBatches = 12;
    std::atomic<int> writing{kWriters};
    std::atomic<int> failed{0};
    std::vector<std::thread> writers;
    for (int writer = 0; writer < kWriters; ++writer)
        writers.emplace_back([&, writer] {
            failed += write(test::StoreClient{running.server.stub()}, writer, kBatches);
            --writing;
        });
    test::StoreClient client{running.server.stub()};
    for (int round = 0; writing > 0; ++round) {
        v1::RegisterCustomerRequest request;
        auto& customer = *request.mutable_customer();
        customer.set_stripe_customer_id("cus_" + std::to_string(round % 2));
        customer.mutable_user()->set_id(kTeams[0]);
        customer.mutable_user()->set_name("Ada");
        customer.set_team_id(kTeams[static_cast<std::size_t>(round / 2 % 3)]);
        v1::Customer answer;
        const auto status = client.call(&v1::InvoiceStore::Stub::RegisterCustomer, request, answer);
        INFO(status.error_message());
        CHECK(status.ok());
    }
    for (auto& writer : writers) writer.join();
    CHECK(failed == 0);
    CHECK(test::wrong_counts(running.database).empty());
    CHECK(running.database.totals() == running.database.counted());
    // It has grown, down into the second that most invoices share.
    CHECK(running.database.value("SELECT max(length(prefix)) >= 8 FROM invoice_count_splits WHERE scope_id = ''") ==
          "t");
    CHECK(running.database.value("SELECT count(*) > 0 FROM invoice_count_splits WHERE scope_id <> ''") == "t");
    // And is what the migration would have made of the same rows, as far as the numbers go.
    running.database.value("SELECT rebuild_invoice_counts(500)");
    CHECK(test::wrong_counts(running.database).empty());
}

TEST_CASE("who walks all pages by cursor while others write misses nothing and sees nothing twice") {
    Running running;
    REQUIRE(write(test::StoreClient{running.server.stub()}, 100, 8) == 0);
    std::set<std::string> there;
    for (const auto& [name, invoice] : running.database.invoices())
        if (invoice.status() != "deleted") there.insert(invoice.id());

    std::atomic<int> writing{kWriters};
    std::atomic<int> failed{0};
    std::vector<std::thread> writers;
    for (int writer = 0; writer < kWriters; ++writer)
        writers.emplace_back([&, writer] {
            failed += write(test::StoreClient{running.server.stub()}, writer, 6);
            --writing;
        });
    test::StoreClient client{running.server.stub()};
    int walks = 0;
    while (walks == 0 || writing > 0) {
        v1::ListInvoicesRequest request;
        request.set_page_size(7);
        std::set<std::string> seen;
        std::string last = "g";
        do {
            v1::ListInvoicesResponse response;
            REQUIRE(client.call(&v1::InvoiceStore::Stub::ListInvoices, request, response).ok());
            for (const auto& invoice : response.invoices()) {
                REQUIRE(invoice.id() < last);  // newest first, so nothing twice
                last = invoice.id();
                seen.insert(last);
            }
            request.set_page_token(response.next_page_token());
        } while (!request.page_token().empty());
        for (const auto& id : there)
            if (!seen.contains(id)) FAIL_CHECK(id << " was skipped");
        ++walks;
    }
    for (auto& writer : writers) writer.join();
    CHECK(failed == 0);
}
