#include "stripe_gateway/invoices/list_payment_facts.hpp"

#include <optional>
#include <string>
#include <utility>

#include "runtime/identifier.hpp"
#include "runtime/log.hpp"
#include "stripe/json_document.hpp"
#include "stripe/json_fields.hpp"
#include "stripe/reader.hpp"
#include "stripe_gateway/invoices/stripe_pages.hpp"

namespace quittance::stripe_gateway {

namespace {

namespace asio = boost::asio;

constexpr std::string_view kRefund = "refund.updated";
constexpr std::string_view kDispute = "charge.dispute.updated";
constexpr const char* kAnswerType = "quittance.refetched";  // of every answer to a question of ours

StripeRequest request_of(std::string_view endpoint, std::string path,
                         const v1::ListStripePaymentFactsRequest& request) {
    StripeRequest wire{endpoint, "GET", std::move(path), {}, {}};
    auto range = created_range(request.has_created_from() ? &request.created_from() : nullptr,
                               request.has_created_to() ? &request.created_to() : nullptr);
    if (!range.empty()) wire.parameters["created"] = std::move(range);
    if (!request.payment_intent_id().empty()) wire.parameters["payment_intent"] = request.payment_intent_id();
    if (!request.charge_id().empty()) wire.parameters["charge"] = request.charge_id();
    if (!request.starting_after().empty()) wire.parameters["starting_after"] = request.starting_after();
    return wire;
}

// The object read as the data of an event. Nothing if it holds no fact.
std::optional<v1::InvoiceEvent> read_fact(std::string_view account, std::string_view type,
                                          const boost::json::object& object,
                                          const google::protobuf::Timestamp& answer_time) {
    std::string problem;
    const stripe::Fields fields(&object, problem);
    const boost::json::object envelope{{"id", "refetch_" + runtime::random_hex_128()},
                                       {"object", "event"},
                                       {"type", type},
                                       {"created", answer_time.seconds()},
                                       {"livemode", fields.flag("livemode")},
                                       {"data", {{"object", object}}}};
    auto read = stripe::read_event(envelope);
    const bool holds_fact = read && read->event.has_payment_fact();
    if (!holds_fact) {
        runtime::log_error("could not read an object in Stripe's list",
                           {{"account", account},
                            {"object", fields.text("id")},
                            {"problem", read ? read->event.problem() : read.error().detail}});
        return std::nullopt;
    }
    auto event = std::move(read->event);
    event.set_type(kAnswerType);
    event.set_account(std::string(account));
    event.set_source(v1::InvoiceEvent::SOURCE_REFETCH);
    *event.mutable_event_time() = answer_time;
    event.clear_payload();
    return event;
}

asio::awaitable<rpc::Result<v1::ListStripePaymentFactsResponse>> list(const Invoices& invoices, StripeRequest wire,
                                                                      int page_size, std::string_view type,
                                                                      CallBudget budget) {
    const auto answer = co_await fetch_page(invoices.calls(), std::move(wire), page_size, budget);
    if (!answer) co_return answer.error();
    co_return read_fact_page(invoices.account(), type, answer->body, to_timestamp(answer->time));
}

}  // namespace

rpc::Result<v1::ListStripePaymentFactsResponse> read_fact_page(std::string_view account, std::string_view type,
                                                               std::string_view body,
                                                               const google::protobuf::Timestamp& answer_time) {
    const stripe::JsonDocument document(body);
    std::string problem;
    const stripe::Fields page(document.object(), problem);
    const auto* data = page.list("data");
    if (!data) return unreadable("a list was expected");
    v1::ListStripePaymentFactsResponse response;
    response.set_has_more(page.flag("has_more"));
    for (const auto& element : *data) {
        const auto* object = stripe::object_in(element);
        if (!object) return unreadable("an element is no object");
        response.set_last_object_id(std::string(stripe::Fields(object, problem).text("id")));
        auto event = read_fact(account, type, *object, answer_time);
        if (event) *response.add_events() = std::move(*event);
    }
    return response;
}

asio::awaitable<rpc::Result<v1::ListStripePaymentFactsResponse>> list_refunds(
    const Invoices& invoices, const v1::ListStripePaymentFactsRequest& request, CallBudget budget) {
    auto wire = request_of("GET /v1/refunds", "/v1/refunds", request);
    return list(invoices, std::move(wire), request.page_size(), kRefund, budget);
}

asio::awaitable<rpc::Result<v1::ListStripePaymentFactsResponse>> list_disputes(
    const Invoices& invoices, const v1::ListStripePaymentFactsRequest& request, CallBudget budget) {
    auto wire = request_of("GET /v1/disputes", "/v1/disputes", request);
    return list(invoices, std::move(wire), request.page_size(), kDispute, budget);
}

}  // namespace quittance::stripe_gateway
