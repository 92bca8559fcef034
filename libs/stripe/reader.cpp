// Reads the envelope of events, and selects the event types that the store wants.
#include "stripe/reader.hpp"

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <stdexcept>

#include "base/timestamps.hpp"
#include "stripe/json_document.hpp"
#include "stripe/json_fields.hpp"
#include "stripe/reader_facts.hpp"

namespace quittance::stripe {
namespace {

constexpr std::string_view kInvoicePrefix = "invoice.";
constexpr std::string_view kPreview = "invoice.upcoming";
constexpr std::string_view kThinEvent = "v2.core.event";
constexpr std::string_view kFirstApi = "v1.";  // before the type of a thin event about an object of API v1
constexpr std::size_t kLongestId = 255;
constexpr std::size_t kLongestText = 1'024;

// Names of event types; one that ends in a point is a prefix.
constexpr std::array<std::string_view, 10> kWantedTypes{
    kInvoicePrefix,    "invoice_payment.", "charge.failed", "charge.refunded", "charge.refund.",
    "charge.dispute.", "refund.",          "credit_note.",  "customer.",       "payment_intent.payment_failed"};

// These events are attempts to collect, so their time is the time of the attempt.
constexpr std::array<std::string_view, 3> kAttempts{"invoice.payment_failed", "invoice.payment_succeeded",
                                                    "invoice.payment_action_required"};

// `request` is {id, idempotency_key}, or an id alone in old events.
void read_request(const Fields& envelope, v1::InvoiceEvent& event) {
    assign_text(*event.mutable_request_id(), envelope.id("request"));
    assign_text(*event.mutable_idempotency_key(), envelope.child("request").text("idempotency_key"));
}

// True if the event tells of the step that made a draft, or that finalised one. Each step happens once, before
// everything else that happens to a draft or a finalised invoice.
// https://docs.stripe.com/api/events/types#event_types-invoice.created
bool begins_stage(const v1::InvoiceEvent& event, const Fields& previous_attributes) {
    const auto& status = event.invoice().status();
    if (event.type() == "invoice.created") return status == "draft";
    if (status != "open") return false;
    return event.type() == "invoice.finalized" ||
           (event.type() == "invoice.updated" && previous_attributes.text("status") == "draft");
}

void read_invoice_of(const Fields& object, const Fields& previous_attributes, v1::InvoiceEvent& event) {
    if (object.object() == nullptr) {
        event.set_problem("data.object is missing");
        return;
    }
    // The type is unknown, and the object belongs to invoices: the event is kept and its object is not read.
    const auto kind = object.text("object");
    if (!kind.empty() && kind != "invoice") return;
    auto invoice = read_invoice(*object.object());
    if (invoice.has_error()) {
        event.set_problem("data.object." + invoice.error().detail);
        return;
    }
    *event.mutable_invoice() = *std::move(invoice);
    event.mutable_invoice()->set_livemode(event.livemode());
    if (event.type() == "invoice.deleted") event.mutable_invoice()->set_status("deleted");
    if (std::find(kAttempts.begin(), kAttempts.end(), event.type()) != kAttempts.end())
        *event.mutable_invoice()->mutable_last_payment_attempt_time() = event.event_time();
    event.set_begins_stage(begins_stage(event, previous_attributes));
}

// "acct_1" of the context "acct_1", or of a path of an organisation that ends in it.
std::string_view account_of(const Fields& envelope) {
    const auto account = envelope.text("account");
    if (!account.empty()) return account;
    const auto context = envelope.text("context");
    return context.substr(context.rfind('/') + 1);  // all of it without a slash
}

// An event that the store would refuse for ever is an error here: otherwise Stripe would retry it for days.
void check_names(const Fields& envelope, const v1::InvoiceEvent& event) {
    const auto& id = event.event_id();
    const bool printable = std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c <= '~'; });
    if (id.empty() || !printable) envelope.report("id", "is not of visible ASCII characters");
    if (id.size() > kLongestId) envelope.report("id", "is longer than 255 bytes");
    if (event.type().empty()) envelope.report("type", "is empty");
    if (event.type().size() > kLongestId) envelope.report("type", "is longer than 255 bytes");
    if (event.api_version().size() > kLongestText) envelope.report("api_version", "is longer than 1024 bytes");
    if (event.stripe_account_id().size() > kLongestText) envelope.report("account", "is longer than 1024 bytes");
    if (event.request_id().size() > kLongestText || event.idempotency_key().size() > kLongestText)
        envelope.report("request", "is longer than 1024 bytes");
    if (event.object_id().size() > kLongestText) envelope.report("data.object.id", "is longer than 1024 bytes");
}

ReadResult<EventRead> read_thin_event(const Fields& envelope, const std::string& problem) {
    EventRead read;
    auto& event = read.event;
    auto& thin = read.thin.emplace();
    assign_text(*event.mutable_event_id(), envelope.required_text("id"));
    assign_text(*event.mutable_type(), envelope.required_text("type"));
    const auto time = base::parse_rfc3339(envelope.required_text("created"));
    if (!time) envelope.report("created", "is no time of RFC 3339");
    *event.mutable_event_time() = time.value_or(google::protobuf::Timestamp());
    event.set_livemode(envelope.flag("livemode"));
    assign_text(*event.mutable_stripe_account_id(), account_of(envelope));
    check_names(envelope, event);
    if (!problem.empty()) return ReadError{"The event's " + problem + "."};
    assign_text(thin.snapshot_event_id, envelope.id("snapshot_event"));
    const auto related = envelope.child("related_object");
    assign_text(thin.object_id, related.text("id"));
    assign_text(thin.object_type, related.text("type"));
    std::string_view type = event.type();
    const bool of_v1 = type.starts_with(kFirstApi);
    if (of_v1) type.remove_prefix(kFirstApi.size());
    read.concerns_invoice = event.type() == kFailedEventsType || (of_v1 && concerns_invoice(type));
    return read;
}

ReadResult<EventRead> read_envelope(const boost::json::object& json, std::string_view payload) {
    std::string problem;
    const Fields envelope(&json, problem);
    if (envelope.text("object") == kThinEvent) return read_thin_event(envelope, problem);
    if (envelope.text("object") != "event") return ReadError{"The body's object is not \"event\"."};

    EventRead read;
    auto& event = read.event;
    assign_text(*event.mutable_event_id(), envelope.required_text("id"));
    assign_text(*event.mutable_type(), envelope.required_text("type"));
    envelope.required_integer("created");
    event.mutable_event_time()->set_seconds(envelope.time("created").value_or(0));
    event.set_livemode(envelope.flag("livemode"));
    assign_text(*event.mutable_api_version(), envelope.text("api_version"));
    assign_text(*event.mutable_stripe_account_id(), account_of(envelope));
    event.set_source(v1::InvoiceEvent::SOURCE_WEBHOOK);
    event.set_payload(payload.data(), payload.size());
    read_request(envelope, event);
    const auto data = envelope.child("data");
    const auto object = data.child("object");
    assign_text(*event.mutable_object_id(), object.text("id"));
    check_names(envelope, event);
    if (!problem.empty()) return ReadError{"The event's " + problem + "."};
    read.concerns_invoice = concerns_invoice(event.type());
    if (!read.concerns_invoice) return read;
    if (event.type().starts_with(kInvoicePrefix))
        read_invoice_of(object, data.child("previous_attributes"), event);
    else
        read_fact(object.object(), data.child("previous_attributes").object(), event);
    return read;
}

}  // namespace

bool concerns_invoice(std::string_view event_type) {
    return event_type != kPreview && std::any_of(kWantedTypes.begin(), kWantedTypes.end(),
                                                 [&](auto wanted) { return matches_type(wanted, event_type); });
}

ReadResult<EventRead> read_event(std::string_view body) {
    const JsonDocument document(body);
    if (document.object() == nullptr) return ReadError{"The body is no JSON object."};
    return read_envelope(*document.object(), body);
}

ReadResult<EventRead> read_event(const boost::json::object& json) {
    return read_envelope(json, boost::json::serialize(json));
}

ReadResult<v1::Invoice> read_invoice(std::string_view body) {
    const JsonDocument document(body);
    if (document.object() == nullptr) return ReadError{"The body is no JSON object."};
    return read_invoice(*document.object());
}

void throw_exception_from_error(const ReadError& error, const boost::source_location& location) {
    static_cast<void>(location);
    throw std::runtime_error(error.detail);
}

}  // namespace quittance::stripe
