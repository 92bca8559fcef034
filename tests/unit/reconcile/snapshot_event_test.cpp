// Stripe's answer as an event.
#include "reconcile/snapshot_event.hpp"

#include <catch2/catch.hpp>

namespace quittance::reconcile {
namespace {

v1::Invoice open_invoice() {
    v1::Invoice invoice;
    invoice.set_stripe_invoice_id("in_1");
    invoice.set_account("eu");
    invoice.set_livemode(true);
    invoice.set_status("open");
    return invoice;
}

google::protobuf::Timestamp at(std::int64_t seconds, std::int32_t nanos) {
    google::protobuf::Timestamp time;
    time.set_seconds(seconds);
    time.set_nanos(nanos);
    return time;
}

TEST_CASE("a snapshot carries the time of the answer, the account and an id of its own") {
    const auto event = snapshot_event(open_invoice(), at(1'700'000'000, 123'456'000));
    CHECK(event.event_id().starts_with("refetch_in_1_"));
    CHECK(event.source() == v1::InvoiceEvent::SOURCE_REFETCH);
    CHECK(event.account() == "eu");
    CHECK(event.livemode());
    CHECK(event.event_time().nanos() == 123'456'000);
    CHECK(event.invoice().status() == "open");
    // Two answers of one second may say different things: neither may pass for a duplicate of the other.
    CHECK(snapshot_event(open_invoice(), at(1'700'000'000, 123'456'000)).event_id() != event.event_id());
}

}  // namespace
}  // namespace quittance::reconcile
