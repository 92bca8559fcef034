// A webhook's body, of any form: read or refused, and what was read can be written, stored and read again.
#include <boost/json.hpp>

#include "fuzz/targets.hpp"
#include "stripe/reader.hpp"

namespace quittance::fuzz {
namespace {

constexpr std::size_t kLongestId = 255;

void check_event(const v1::InvoiceEvent& event, std::string_view body) {
    must(event.payload() == body, "the payload is the body");
    must(!event.event_id().empty() && event.event_id().size() <= kLongestId, "an event has an id of 1 to 255 bytes");
    const int contents = static_cast<int>(event.has_invoice()) + static_cast<int>(event.has_payment_fact()) +
                         static_cast<int>(event.has_stripe_customer());
    must(contents <= (event.problem().empty() ? 1 : 0), "an event says one thing at most, and none with a problem");
    if (event.has_invoice()) {
        must(!event.invoice().stripe_invoice_id().empty(), "an invoice has an id");
        must(!event.invoice().status().empty(), "an invoice has a status");
        for (const auto& payment : event.invoice().payments()) {
            must(!payment.id().empty() && payment.id().size() <= kLongestId, "a listed payment has an id");
            must(payment.amount_paid_minor() >= 0, "a listed payment's amount is not negative");
        }
    }
    if (event.has_payment_fact()) {
        must(event.payment_fact().amount_minor() >= 0, "a fact's amount is not negative");
        must(event.payment_fact().object_id().size() <= kLongestId, "a fact's id is no longer than 255 bytes");
        for (const auto& part : event.payment_fact().refunds())
            must(part.amount_minor() >= 0, "a part of a credit note is not negative");
    }
    std::string wire;
    must(event.SerializeToString(&wire), "an event can be sent");
    v1::InvoiceEvent received;
    must(received.ParseFromString(wire), "an event that was sent can be read");
}

// As an element of a list of events it says the same.
void check_listed(v1::InvoiceEvent event, std::string_view body) {
    boost::json::parse_options options;
    options.max_depth = 64;
    boost::system::error_code failure;
    const auto document = boost::json::parse(body, failure, {}, options);
    if (failure) return;  // half of a surrogate pair, which a webhook may have
    auto listed = stripe::read_event(document.as_object());
    must(listed.has_value(), "what is an event in a webhook is one in a list");
    event.clear_payload();
    listed->event.clear_payload();
    must(event.ShortDebugString() == listed->event.ShortDebugString(),
         "an event says the same in a webhook and in a list");
}

}  // namespace

void run_event(std::string_view input) {
    const auto read = stripe::read_event(input);
    if (read.has_error()) {
        must(!read.error().detail.empty(), "a refusal says why");
    } else if (!read->thin) {
        check_event(read->event, input);
        check_listed(read->event, input);
    }
    static_cast<void>(stripe::read_invoice(input).has_value());
}

std::vector<std::string> event_seeds() {
    auto seeds = recorded_payloads();
    seeds.emplace_back(R"({"id":"evt_1","object":"v2.core.event","type":"v1.invoice.paid","created":"2026-01-01"})");
    return seeds;
}

}  // namespace quittance::fuzz
