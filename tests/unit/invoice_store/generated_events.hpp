// Events of one invoice made from a seed: ranks, seconds and contents from so small a stock that ties and equal
// contents are frequent, ids that are not in the order of time.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "quittance/v1/invoice.pb.h"

namespace quittance::test {

constexpr std::int64_t kCreateSecond = 1'700'000'000;

inline v1::InvoiceEvent make_event(const std::string& event_id, const std::string& status, std::int64_t second,
                                   const std::string& stripe_invoice_id = "in_test") {
    v1::InvoiceEvent event;
    event.set_event_id(event_id);
    event.set_type("invoice.updated");
    event.set_account("default");
    event.mutable_event_time()->set_seconds(kCreateSecond + second);
    event.set_object_id(stripe_invoice_id);
    event.set_source(v1::InvoiceEvent::SOURCE_WEBHOOK);
    event.set_payload("{\"id\":\"" + event_id + "\"}");
    auto& invoice = *event.mutable_invoice();
    invoice.set_stripe_invoice_id(stripe_invoice_id);
    invoice.set_stripe_customer_id("cus_test");
    invoice.set_status(status);
    invoice.set_currency("eur");
    invoice.set_amount_due_minor(3'300);
    invoice.set_customer_name("Ada");
    invoice.set_lines_complete(true);
    invoice.mutable_create_time()->set_seconds(kCreateSecond);
    return event;
}

class EventGenerator {
  public:
    explicit EventGenerator(std::uint32_t seed) : random_(seed) {}

    v1::InvoiceEvent next(const std::string& stripe_invoice_id = "in_test") {
        static const std::vector<std::string> statuses = {"draft", "open", "open",    "uncollectible",
                                                          "paid",  "void", "deleted", "from_the_future"};
        auto event = make_event(unique_id(), statuses[below(statuses.size())], static_cast<std::int64_t>(below(4)),
                                stripe_invoice_id);
        auto& invoice = *event.mutable_invoice();
        invoice.set_total_minor(static_cast<std::int64_t>(below(2)));
        invoice.set_attempt_count(static_cast<std::int64_t>(below(4)));
        if (below(3) == 0) invoice.mutable_last_payment_attempt_time()->set_seconds(event.event_time().seconds());
        if (below(2) == 0) (*invoice.mutable_metadata())["team_id"] = std::string(24, "ab"[below(2)]);
        // Since basil most statements name no payment.
        if (below(2) == 0) invoice.set_payment_intent_id("pi_" + std::to_string(below(3)));
        if (below(4) == 0) invoice.set_charge_id("ch_" + std::to_string(below(2)));
        if (below(5) == 0) {
            event.set_source(v1::InvoiceEvent::SOURCE_REFETCH);
            event.mutable_event_time()->set_nanos(static_cast<int>(below(3)) * 250'000'000 + 1'234);
        } else if (below(5) == 0 && (invoice.status() == "draft" || invoice.status() == "open")) {
            event.set_begins_stage(true);
        }
        return event;
    }

    std::vector<v1::InvoiceEvent> several(std::size_t count, const std::string& stripe_invoice_id = "in_test") {
        std::vector<v1::InvoiceEvent> events;
        for (std::size_t i = 0; i < count; ++i) events.push_back(next(stripe_invoice_id));
        return events;
    }

    std::size_t below(std::size_t limit) { return random_() % limit; }
    std::mt19937& random() { return random_; }

  private:
    // Prefixed by chance, so that the order of ids is neither that of making nor that of time.
    std::string unique_id() {
        return "evt_" + std::to_string(below(10)) + "_" + std::to_string(seed_base_) + "_" + std::to_string(++made_);
    }

    std::mt19937 random_;
    std::uint32_t seed_base_ = static_cast<std::uint32_t>(random_());
    int made_ = 0;
};

}  // namespace quittance::test
