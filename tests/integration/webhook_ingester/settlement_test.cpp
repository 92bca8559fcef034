// Questions for Stripe that a later event has answered. The store is real. Its address also serves as the gateway's, so
// that every question that is asked fails at once.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <catch2/catch.hpp>

#include "integration/webhook_ingester/ingester.hpp"
#include "integration/webhook_ingester/real_store.hpp"
#include "unit/invoice_store/generated_events.hpp"
#include "webhook_ingester/refetch_scheduler.hpp"

using namespace quittance;  // NOLINT(google-build-using-namespace): a test of its own
using test::channel_to;
using test::make_event;

namespace {

namespace asio = boost::asio;

webhook_ingester::Followup followup(const std::string& invoice, bool shown_by_row) {
    webhook_ingester::Followup made;
    made.account = "default";
    made.stripe_invoice_id = invoice;
    made.shown_by_row = shown_by_row;
    return made;
}

// Two events of one second that say different things of a draft.
std::vector<v1::InvoiceEvent> tie(const std::string& invoice) {
    auto other = make_event("evt_2_" + invoice, "draft", 5, invoice);
    other.mutable_invoice()->set_total_minor(2);
    return {make_event("evt_1_" + invoice, "draft", 5, invoice), other};
}

asio::awaitable<void> fill(clients::Services& services) {
    v1::ApplyInvoiceEventsRequest request;
    for (const auto* invoice : {"in_tie", "in_overtaken", "in_noted"})
        for (const auto& event : tie(invoice)) *request.add_events() = event;
    *request.add_events() = make_event("evt_3", "paid", 5, "in_overtaken");
    *request.add_events() = make_event("evt_4", "paid", 5, "in_noted");
    const auto applied = co_await services.store.apply_invoice_events(request);
    CHECK_FALSE(applied.has_error());
}

}  // namespace

TEST_CASE("Stripe is not asked about an invoice whose doubt a later event has ended") {
    test::RealStore store;
    runtime::Metrics metrics;
    asio::io_context loop;
    clients::Services services(channel_to(store.address()), channel_to(store.address()), metrics);
    webhook_ingester::RefetchScheduler scheduler(loop, services, metrics);
    auto filled = asio::co_spawn(loop, fill(services), asio::use_future);
    loop.run();
    filled.get();

    scheduler.add(followup("in_overtaken", true));
    scheduler.add(followup("in_tie", true));
    scheduler.add(followup("in_unknown", true));
    // A credit note leaves no trace on the row: that the row's own doubt is over says nothing.
    scheduler.add(followup("in_noted", true));
    scheduler.add(followup("in_noted", false));
    loop.restart();
    loop.run();
    const auto text = metrics.text();
    CHECK(text.find("quittance_refetches_spared_total 1\n") != std::string::npos);
    CHECK(text.find("quittance_refetches_total{result=\"failed\"} 3\n") != std::string::npos);
    CHECK(text.find("quittance_refetches_total{result=\"told\"} 0\n") != std::string::npos);

    // What was settled once may be in doubt again.
    scheduler.add(followup("in_overtaken", false));
    loop.restart();
    loop.run();
    CHECK(metrics.text().find("quittance_refetches_total{result=\"failed\"} 4\n") != std::string::npos);
}
