#include "stripe_gateway/invoices/retrieve_event.hpp"

#include <array>
#include <string_view>
#include <utility>

#include "stripe/json_document.hpp"
#include "stripe/json_fields.hpp"
#include "stripe/reader.hpp"
#include "stripe_gateway/invoices/stripe_pages.hpp"
#include "stripe_gateway/stripe_api/error_status.hpp"

namespace quittance::stripe_gateway {

namespace {

namespace asio = boost::asio;

constexpr std::size_t kLargestPayload = 1024 * 1024;  // what the inbox keeps of one event
constexpr std::string_view kFirstApi = "v1.";
constexpr std::string_view kInvoice = "invoice";

// Where an object of each kind is read. What is not here says nothing that the store wants.
struct Kind {
    std::string_view type;
    std::string_view endpoint;
    std::string_view path;
};
constexpr std::array<Kind, 8> kKinds{{
    {"refund", "GET /v1/refunds/{id}", "/v1/refunds/"},
    {"charge", "GET /v1/charges/{id}", "/v1/charges/"},
    {"dispute", "GET /v1/disputes/{id}", "/v1/disputes/"},
    {"credit_note", "GET /v1/credit_notes/{id}", "/v1/credit_notes/"},
    {"invoice_payment", "GET /v1/invoice_payments/{id}", "/v1/invoice_payments/"},
    {"payment_intent", "GET /v1/payment_intents/{id}", "/v1/payment_intents/"},
    {"customer", "GET /v1/customers/{id}", "/v1/customers/"},
    {"invoiceitem", "GET /v1/invoiceitems/{id}", "/v1/invoiceitems/"},
}};

const Kind* kind_of(std::string_view type) {
    for (const auto& kind : kKinds)
        if (kind.type == type) return &kind;
    return nullptr;
}

// Without what is not for the store.
v1::InvoiceEvent for_the_store(stripe::EventRead read, const Invoices& invoices) {
    auto& event = read.event;
    event.set_account(invoices.account());
    if (event.has_invoice()) event.mutable_invoice()->set_account(invoices.account());
    if (event.payload().size() > kLargestPayload) event.clear_payload();
    return std::move(event);
}

asio::awaitable<rpc::Result<StripeAnswer>> get(const Invoices& invoices, std::string_view endpoint, std::string path,
                                               CallBudget budget) {
    StripeRequest request{endpoint, "GET", std::move(path), {}, {}};
    auto result = co_await invoices.calls().run(std::move(request), budget);
    if (result.ok()) co_return std::get<StripeAnswer>(std::move(result.outcome));
    if (result.status() == 404)
        co_return rpc::make_status(grpc::StatusCode::NOT_FOUND, "Stripe has no such event or object",
                                   "event_not_found");
    co_return status_of(result);
}

asio::awaitable<rpc::Result<v1::InvoiceEvent>> read_snapshot_event(const Invoices& invoices, std::string id,
                                                                   CallBudget budget) {
    auto path = "/v1/events/" + id;
    const auto answer = co_await get(invoices, "GET /v1/events/{id}", std::move(path), budget);
    if (!answer) co_return answer.error();
    const stripe::JsonDocument document(answer->body);
    if (!document.object()) co_return unreadable("an event was expected");
    auto read = stripe::read_event(*document.object());
    if (!read) co_return unreadable(read.error().detail);
    if (read->thin) co_return unreadable("a snapshot event was expected");
    co_return for_the_store(std::move(*read), invoices);
}

// The object in the shape of an event that Stripe might have sent.
rpc::Result<v1::InvoiceEvent> event_about(const Invoices& invoices, const NamedObject& named,
                                          const StripeAnswer& answer) {
    const stripe::JsonDocument document(answer.body);
    if (!document.object()) return unreadable("an object was expected");
    const auto& event = named.event;
    const boost::json::object envelope{{"id", event.event_id()},       {"object", "event"},
                                       {"type", event.type()},         {"created", event.event_time().seconds()},
                                       {"livemode", event.livemode()}, {"data", {{"object", *document.object()}}}};
    auto read = stripe::read_event(envelope);
    if (!read) return unreadable(read.error().detail);
    std::string problem;
    std::string invoice(stripe::Fields(document.object(), problem).id("invoice"));
    auto made = for_the_store(std::move(*read), invoices);
    const bool says_something = made.has_payment_fact() || made.has_stripe_customer() || !made.problem().empty();
    // An invoice item, say: what changed is its invoice.
    if (!says_something && !invoice.empty()) {
        made = named.event;
        made.set_account(invoices.account());
        made.set_object_id(std::move(invoice));
    }
    return made;
}

asio::awaitable<rpc::Result<v1::InvoiceEvent>> read_object(const Invoices& invoices, const NamedObject& named,
                                                           CallBudget budget) {
    auto event = named.event;
    event.set_account(invoices.account());
    if (named.type == kInvoice) {
        event.set_object_id(named.id);
        co_return event;
    }
    const auto* kind = kind_of(named.type);
    if (kind == nullptr || named.id.empty()) co_return event;
    auto path = std::string(kind->path) + named.id;
    const auto answer = co_await get(invoices, kind->endpoint, std::move(path), budget);
    if (!answer) co_return answer.error();
    co_return event_about(invoices, named, *answer);
}

}  // namespace

rpc::Result<NamedObject> read_named_object(std::string_view body) {
    auto read = stripe::read_event(body);
    if (!read || !read->thin) return unreadable("a thin event was expected");
    NamedObject named;
    named.event = std::move(read->event);
    named.snapshot_event_id = read->thin->snapshot_event_id;
    named.id = read->thin->object_id;
    named.type = read->thin->object_type;
    if (named.event.type() == stripe::kFailedEventsType) {
        const stripe::JsonDocument document(body);
        std::string problem;
        const auto impact = stripe::Fields(document.object(), problem).child("data").child("impact");
        const auto related = impact.child("related_object");
        stripe::assign_text(*named.event.mutable_type(), impact.text("event_type"));
        stripe::assign_text(named.id, related.text("id"));
        stripe::assign_text(named.type, related.text("type"));
        const auto context = impact.text("context");
        if (!context.empty()) stripe::assign_text(*named.event.mutable_stripe_account_id(), context);
        if (named.id.empty() || named.event.type().empty()) return unreadable("it names no event that failed");
    }
    std::string_view type = named.event.type();
    if (type.starts_with(kFirstApi)) named.event.set_type(std::string(type.substr(kFirstApi.size())));
    named.event.set_source(v1::InvoiceEvent::SOURCE_WEBHOOK);
    return named;
}

asio::awaitable<rpc::Result<v1::InvoiceEvent>> retrieve_event(const Invoices& invoices,
                                                              const v1::RetrieveStripeEventRequest& request,
                                                              CallBudget budget) {
    auto id = request.event_id();
    auto event = co_await read_snapshot_event(invoices, std::move(id), budget);
    if (event || event.error().error_code() != grpc::StatusCode::NOT_FOUND) co_return event;
    auto path = "/v2/core/events/" + request.event_id();
    const auto answer = co_await get(invoices, "GET /v2/core/events/{id}", std::move(path), budget);
    if (!answer) co_return answer.error();
    const auto named = read_named_object(answer->body);
    if (!named) co_return named.error();
    if (!named->snapshot_event_id.empty()) {
        auto snapshot_id = named->snapshot_event_id;
        auto snapshot = co_await read_snapshot_event(invoices, std::move(snapshot_id), budget);
        // Stripe keeps an event for thirty days; its object may be there for longer.
        if (snapshot || snapshot.error().error_code() != grpc::StatusCode::NOT_FOUND) co_return snapshot;
    }
    co_return co_await read_object(invoices, *named, budget);
}

}  // namespace quittance::stripe_gateway
