// Lives of an invoice as Stripe leads them: its events in the order in which they happened, each a whole second after
// the one before or in the same.
#pragma once

#include <string>
#include <vector>

#include "unit/invoice_store/generated_events.hpp"

namespace quittance::test {

struct Life {
    const char* name;
    std::vector<v1::InvoiceEvent> events;
    std::string status;  // that it ends in
};

class LifeTeller {
  public:
    explicit LifeTeller(std::string invoice) : invoice_(std::move(invoice)) {}

    // The next event, `later` seconds after the one before. Ids go against the order of time, so that nothing can hang
    // on them.
    LifeTeller& then(const std::string& status, int later, std::int64_t attempts = 0,
                     std::int64_t total_minor = 3'300) {
        second_ += later;
        auto event = make_event("evt_" + std::to_string(900 - ++told_) + "_" + invoice_, status, second_, invoice_);
        event.set_begins_stage(status != last_status_ &&
                               (status == "draft" || (status == "open" && last_status_ == "draft")));
        last_status_ = status;
        auto& invoice = *event.mutable_invoice();
        invoice.set_attempt_count(attempts);
        invoice.set_total_minor(total_minor);
        if (attempts > 0) *invoice.mutable_last_payment_attempt_time() = event.event_time();
        if (status == "paid") invoice.set_amount_paid_minor(3'300);
        events_.push_back(std::move(event));
        return *this;
    }
    std::vector<v1::InvoiceEvent> take() { return std::move(events_); }

  private:
    const std::string invoice_;
    int second_ = 0;
    int told_ = 0;
    std::string last_status_;
    std::vector<v1::InvoiceEvent> events_;
};

// All of up to seven events. `invoice`: Stripe's id, also the end of each event's id.
inline std::vector<Life> lives(const std::string& invoice) {
    return {
        {"paid at the third attempt",
         LifeTeller(invoice)
             .then("draft", 0, 0, 100)
             .then("draft", 2)
             .then("open", 3)
             .then("open", 1, 1)
             .then("open", 5, 2)
             .then("paid", 9, 3)
             .take(),
         "paid"},
        {"voided", LifeTeller(invoice).then("draft", 0).then("open", 1).then("open", 4, 1).then("void", 2, 1).take(),
         "void"},
        {"uncollectible, then paid",
         LifeTeller(invoice)
             .then("draft", 0)
             .then("open", 1)
             .then("open", 1, 1)
             .then("uncollectible", 8, 1)
             .then("paid", 7, 2)
             .take(),
         "paid"},
        {"a draft that was deleted",
         LifeTeller(invoice).then("draft", 0, 0, 1).then("draft", 3, 0, 2).then("draft", 1).then("deleted", 1).take(),
         "deleted"},
        {"everything in one second",
         LifeTeller(invoice)
             .then("draft", 0)
             .then("open", 0)
             .then("open", 0, 1)
             .then("paid", 0, 1)
             .then("paid", 0, 1, 7)
             .take(),
         "paid"},
        {"reopened, and paid again",
         LifeTeller(invoice)
             .then("draft", 0)
             .then("open", 1)
             .then("paid", 1, 1)
             .then("open", 5, 0)
             .then("open", 2, 1)
             .then("paid", 3, 2)
             .take(),
         "paid"},
        {"reopened, and left open",
         LifeTeller(invoice).then("draft", 0).then("open", 0).then("paid", 4, 1).then("open", 9, 0).take(), "open"},
        {"reopened, then voided",
         LifeTeller(invoice).then("open", 1).then("paid", 0, 1).then("open", 5, 0).then("void", 2, 0).take(), "void"},
        {"edited twice in a second, then paid",
         LifeTeller(invoice)
             .then("draft", 0, 0, 1)
             .then("draft", 0, 0, 2)
             .then("open", 1)
             .then("open", 1, 1)
             .then("open", 0, 1, 9)
             .then("paid", 2, 2)
             .then("paid", 0, 2, 9)
             .take(),
         "paid"},
    };
}

// A long life: edits, attempts and an end, with seconds shared now and then.
inline std::vector<v1::InvoiceEvent> long_life(const std::string& invoice, EventGenerator& random) {
    LifeTeller teller(invoice);
    for (int i = 0; i < 4; ++i)
        teller.then("draft", static_cast<int>(random.below(2)), 0, static_cast<std::int64_t>(random.below(3)));
    for (int i = 1; i <= 6; ++i)
        teller.then("open", static_cast<int>(random.below(3)), i, static_cast<std::int64_t>(random.below(3)));
    teller.then("uncollectible", 1, 6);
    teller.then("paid", static_cast<int>(random.below(2)), 7);
    teller.then("paid", static_cast<int>(random.below(2)), 7, static_cast<std::int64_t>(random.below(2)));
    return teller.take();
}

}  // namespace quittance::test
