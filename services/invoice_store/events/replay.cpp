// An event is restored from its payload. Its time, object and API version come from the inbox row.
#include "invoice_store/events/replay.hpp"

#include <optional>
#include <string>

#include "invoice_store/events/inbox_queries.hpp"
#include "postgres/literal.hpp"
#include "stripe/reader.hpp"

namespace quittance::invoice_store {
namespace {

// The type of a refetch's answer, whose payload is the invoice itself.
constexpr const char* kRefetched = "quittance.refetched";

void read_payload(const v1::InboxEvent& stored, v1::InvoiceEvent& event) {
    if (stored.type() == kRefetched) {
        auto invoice = stripe::read_invoice(stored.payload());
        if (invoice.has_error())
            event.set_problem("the answer's " + invoice.error().detail);
        else
            *event.mutable_invoice() = *std::move(invoice);
        return;
    }
    auto read = stripe::read_event(stored.payload());
    if (read.has_error()) {
        event.set_problem(read.error().detail);
        return;
    }
    if (read->event.event_id() != stored.event_id()) {
        event.set_problem("the payload belongs to another event");
        return;
    }
    event = std::move(read->event);
}

std::string names_of(const v1::DiscardEventsRequest& request,
                     void (*add)(postgres::ArrayLiteral&, const v1::EventName&)) {
    postgres::ArrayLiteral literal;
    for (const auto& name : request.names()) add(literal, name);
    return literal.take();
}

}  // namespace

v1::InvoiceEvent replayed(const v1::InboxEvent& stored) {
    v1::InvoiceEvent event;
    read_payload(stored, event);
    event.set_event_id(stored.event_id());
    event.set_account(stored.account());
    event.set_livemode(stored.livemode());
    event.set_type(stored.type());
    *event.mutable_event_time() = stored.event_time();
    event.set_api_version(stored.api_version());
    event.set_stripe_account_id(stored.stripe_account_id());
    event.set_object_id(stored.object_id());
    event.set_source(v1::InvoiceEvent::SOURCE_REPLAY);
    event.clear_payload();
    return event;
}

std::vector<std::optional<v1::InvoiceEvent>> load_replays(pqxx::connection& connection,
                                                          std::span<const v1::EventName> names) {
    std::vector<std::optional<v1::InvoiceEvent>> events;
    events.reserve(names.size());
    for (const auto& name : names) {
        v1::GetEventRequest request;
        *request.mutable_name() = name;
        const auto stored = get_event(connection, request);
        if (stored.has_error())
            events.emplace_back();
        else
            events.emplace_back(replayed(*stored));
    }
    return events;
}

rpc::Result<v1::DiscardEventsResponse> discard_events(pqxx::connection& connection,
                                                      const v1::DiscardEventsRequest& request) {
    pqxx::work transaction(connection);
    const auto rows = transaction.exec_params(
        R"(
        WITH wanted AS (
            SELECT DISTINCT * FROM unnest($1::text[], $2::text[], $3::boolean[]) AS w(event_id, account, livemode)),
        dead AS (
            SELECT e.event_id, e.account, e.livemode FROM events e JOIN wanted USING (event_id, account, livemode)
            WHERE e.state = 'dead' ORDER BY e.event_id, e.account, e.livemode FOR UPDATE OF e),
        discarded AS (
            UPDATE events e SET state = 'ignored', last_error = $4, applied_at = now() FROM dead d
            WHERE (e.event_id, e.account, e.livemode) = (d.event_id, d.account, d.livemode) RETURNING 1)
        SELECT (SELECT count(*) FROM discarded) = (SELECT count(*) FROM wanted))",
        names_of(request, [](auto& literal, const auto& name) { literal.add_text(name.event_id()); }),
        names_of(request,
                 [](auto& literal, const auto& name) {
                     literal.add_text(name.account().empty() ? "default" : name.account());
                 }),
        names_of(request, [](auto& literal, const auto& name) { literal.add_boolean(name.livemode()); }),
        request.reason());
    if (rows[0][0].c_str()[0] != 't')
        return rpc::make_status(grpc::StatusCode::FAILED_PRECONDITION, "not every one of these events is dead",
                                "event_not_dead");
    transaction.commit();
    return v1::DiscardEventsResponse();
}

}  // namespace quittance::invoice_store
