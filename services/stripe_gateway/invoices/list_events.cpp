#include "stripe_gateway/invoices/list_events.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <utility>

#include "runtime/log.hpp"
#include "stripe/json_document.hpp"
#include "stripe/json_fields.hpp"
#include "stripe/reader.hpp"
#include "stripe_gateway/invoices/stripe_pages.hpp"
#include "stripe_gateway/stripe_api/error_status.hpp"

namespace quittance::stripe_gateway {

namespace {

namespace asio = boost::asio;

constexpr std::size_t kLargestPayload = 1024 * 1024;      // what the inbox keeps of one event
constexpr std::size_t kLargestMessage = 3 * 1024 * 1024;  // what fits into one call to the store
constexpr std::string_view kAnyBelow = ".*";

// Stripe takes names in `types`, and one name or pattern in `type`. For other requests all events are listed and
// filtered here. That costs little: most events of an account that bills are about invoices.
void add_types(const v1::ListStripeEventsRequest& request, boost::json::object& parameters) {
    if (request.types().empty()) return;
    if (request.types_size() == 1) {
        parameters["type"] = request.types(0);
        return;
    }
    const auto is_pattern = [](const std::string& type) { return type.ends_with(kAnyBelow); };
    if (std::any_of(request.types().begin(), request.types().end(), is_pattern)) return;
    boost::json::array types;
    for (const auto& type : request.types()) types.emplace_back(type);
    parameters["types"] = std::move(types);
}

StripeRequest request_of(const v1::ListStripeEventsRequest& request) {
    StripeRequest wire{"GET /v1/events", "GET", "/v1/events", {}, {}};
    add_types(request, wire.parameters);
    auto range = created_range(request.has_created_from() ? &request.created_from() : nullptr,
                               request.has_created_to() ? &request.created_to() : nullptr);
    if (!range.empty()) wire.parameters["created"] = std::move(range);
    if (!request.starting_after().empty()) wire.parameters["starting_after"] = request.starting_after();
    return wire;
}

// The event as the store takes it. Nothing if it is no event or the request does not ask for it.
std::optional<v1::InvoiceEvent> read_listed(const v1::ListStripeEventsRequest& request, std::string_view account,
                                            const boost::json::object& json) {
    auto read = stripe::read_event(json);
    if (!read) {
        runtime::log_error("an entry in Stripe's list is no event",
                           {{"account", account}, {"problem", read.error().detail}});
        return std::nullopt;
    }
    if (!read->concerns_invoice || !wants_type(request, read->event.type())) return std::nullopt;
    auto event = std::move(read->event);
    event.set_source(v1::InvoiceEvent::SOURCE_EVENTS_LIST);
    event.set_account(std::string(account));
    if (event.payload().size() > kLargestPayload) event.clear_payload();
    if (event.ByteSizeLong() > kLargestMessage) {
        event.clear_invoice();
        event.set_problem("what was read of the event is larger than 3 MiB");
    }
    return event;
}

// Whether the list failed because Stripe no longer has the event that it starts after.
bool cursor_is_gone(const grpc::Status& status) {
    const auto detail = rpc::detail_of(status);
    return detail.stripe().param() == "starting_after" && detail.stripe().http_status() / 100 == 4;
}

}  // namespace

bool wants_type(const v1::ListStripeEventsRequest& request, std::string_view type) {
    if (request.types().empty()) return true;
    return std::any_of(request.types().begin(), request.types().end(), [&](std::string_view wanted) {
        if (!wanted.ends_with(kAnyBelow)) return wanted == type;
        wanted.remove_suffix(1);
        return type.starts_with(wanted);
    });
}

grpc::Status read_event_page(const v1::ListStripeEventsRequest& request, std::string_view account,
                             std::string_view body, v1::ListStripeEventsResponse& response) {
    const stripe::JsonDocument document(body);
    std::string problem;
    const stripe::Fields list(document.object(), problem);
    const auto* data = list.list("data");
    if (!data) return unreadable("a list of events was expected");
    response.set_has_more(list.flag("has_more"));
    std::size_t bytes = 0;
    for (const auto& element : *data) {
        const auto* object = stripe::object_in(element);
        if (!object) return unreadable("an event is no object");
        auto event = read_listed(request, account, *object);
        if (event) {
            bytes += event->ByteSizeLong();
            if (bytes > kPageBytes && !response.events().empty()) {
                response.set_has_more(true);
                return grpc::Status::OK;
            }
            *response.add_events() = std::move(*event);
        }
        response.set_last_event_id(std::string(stripe::Fields(object, problem).text("id")));
    }
    return grpc::Status::OK;
}

asio::awaitable<rpc::Result<v1::ListStripeEventsResponse>> list_events(const Invoices& invoices,
                                                                       const v1::ListStripeEventsRequest& request,
                                                                       CallBudget budget) {
    auto wire = request_of(request);
    const auto page = co_await fetch_page(invoices.calls(), std::move(wire), request.page_size(), budget);
    if (!page) {
        if (!cursor_is_gone(page.error())) co_return page.error();
        co_return rpc::make_status(grpc::StatusCode::OUT_OF_RANGE, "Stripe no longer keeps the event of starting_after",
                                   "cursor_expired");
    }
    v1::ListStripeEventsResponse response;
    const auto status = read_event_page(request, invoices.account(), page->body, response);
    if (!status.ok()) co_return status;
    co_return response;
}

}  // namespace quittance::stripe_gateway
