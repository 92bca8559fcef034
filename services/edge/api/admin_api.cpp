#include "edge/api/admin_api.hpp"

#include <optional>

#include "edge/middleware/entity_tag.hpp"
#include "edge/requests/create_invoice_body.hpp"
#include "edge/requests/customer_body.hpp"
#include "edge/requests/idempotency_key.hpp"
#include "edge/requests/identifiers.hpp"
#include "edge/requests/invoice_filter.hpp"
#include "edge/requests/paging.hpp"
#include "edge/responses/customer_json.hpp"
#include "edge/responses/invoice_json.hpp"
#include "edge/responses/payment_error.hpp"
#include "edge/responses/problems.hpp"
#include "runtime/log.hpp"

namespace quittance::edge {
namespace {

namespace asio = boost::asio;

// 415 or 400 if the body is not a JSON object, else nothing.
std::optional<http::Response> refuse_body(const http::Request& request, const BodyErrors& body) {
    if (!is_json(request.header("Content-Type")))
        return refuse(request, 415, "unsupported_media_type", "The body must be application/json.");
    if (body.malformed) return refuse(request, 400, "malformed_json", body.detail);
    return std::nullopt;
}

}  // namespace

Answer AdminApi::list_invoices(const Caller& caller, const http::Request& request) {
    std::vector<http::FieldError> errors;
    const Query query(request.query, kAdminListParameters, errors);
    const auto paging = read_paging(query, errors);
    const auto filter = read_filter(query, errors);
    if (!errors.empty()) co_return invalid(request, std::move(errors));

    v1::ListInvoicesRequest list;
    *list.mutable_scope() = caller.scope;
    *list.mutable_filter() = filter;
    list.set_page(paging.page);
    list.set_page_size(paging.limit);
    list.set_with_total(true);
    list.set_view(v1::VIEW_SUMMARY);
    const auto context = read_call_context(request);
    list.set_read_after(context.read_after);
    const auto answer = co_await backends_.list_invoices(std::move(list), context);
    if (answer.has_error()) co_return answer.error();
    http::Response response;
    response.body = admin_list(*answer);
    co_return response;
}

Answer AdminApi::get_invoice(const Caller& caller, const http::Request& request) {
    const auto& id = request.path_parameters.front();
    if (!could_be_invoice_id(id)) co_return no_such_invoice(request);

    v1::GetInvoiceRequest get;
    get.set_id(id);
    *get.mutable_scope() = caller.scope;
    get.set_view(v1::VIEW_SUMMARY);
    const auto context = read_call_context(request);
    get.set_read_after(context.read_after);
    const auto answer = co_await backends_.get_invoice(std::move(get), context);
    if (answer.has_error()) co_return invoice_problem(request, answer.error());
    http::Response response;
    response.body = admin_invoice(*answer);
    set_entity_tag(request, response);
    co_return response;
}

Answer AdminApi::create_invoice(const Caller& caller, const http::Request& request) {
    auto body = read_create_body(request.body);
    if (auto refusal = refuse_body(request, body)) co_return std::move(*refusal);
    if (!idempotency_key_of(request, *body.request.mutable_idempotency_key()))
        body.add("Idempotency-Key", kIdempotencyKeyRule);
    if (!body.errors.empty()) co_return invalid(request, std::move(body.errors), body.errors_omitted);

    const auto context = write_call_context(request);
    if (http::find_header(request.headers, "Idempotency-Key") != nullptr) {
        auto known = co_await known_invoice(body.request.idempotency_key(), context);
        if (known.has_error()) co_return known.error();
        body.request.set_known_stripe_invoice_id(std::move(*known));
    }
    auto answer = co_await backends_.gateway.create_invoice(body.request, context);
    if (answer.has_error()) co_return answer.error();
    runtime::log_info("invoice created", {{"request_id", request.request_id},
                                          {"api_key", caller.name},
                                          {"invoice", answer->invoice().stripe_invoice_id()},
                                          {"replayed", answer->replayed()},
                                          {"payment_error", answer->payment_error().code()}});
    http::Response response;
    response.body = std::move(*answer->mutable_json());
    if (answer->replayed()) response.headers.push_back({"Idempotent-Replayed", "true"});
    add_payment_error(*answer, response);
    co_return response;
}

asio::awaitable<rpc::Result<std::string>> AdminApi::known_invoice(const std::string& key, const CallContext& context) {
    v1::FindByCreationKeyRequest find;
    find.set_idempotency_key(key);
    auto invoice = co_await backends_.store.find_by_creation_key(find, context);
    if (invoice.has_error() && invoice.error().error_code() == grpc::StatusCode::NOT_FOUND) co_return std::string();
    // Stripe may have forgotten the key by now. Without the store's answer a second invoice could be made.
    if (invoice.has_error()) co_return invoice.error();
    co_return invoice->stripe_invoice_id();
}

Answer AdminApi::put_customer(const Caller& caller, const http::Request& request) {
    auto body = read_customer_body(request.body);
    if (auto refusal = refuse_body(request, body)) co_return std::move(*refusal);
    const auto& id = request.path_parameters.front();
    if (!could_be_stripe_id(id)) body.add("customer", "must be the id of a Stripe customer");
    if (!body.errors.empty()) co_return invalid(request, std::move(body.errors), body.errors_omitted);

    v1::RegisterCustomerRequest registration;
    *registration.mutable_customer() = std::move(body.customer);
    registration.mutable_customer()->set_stripe_customer_id(id);
    const auto context = write_call_context(request);
    const auto answer = co_await backends_.store.register_customer(registration, context);
    if (answer.has_error()) co_return answer.error();
    runtime::log_info(
        "customer registered",
        {{"request_id", request.request_id}, {"api_key", caller.name}, {"customer", id}, {"team", answer->team_id()}});
    http::Response response;
    response.body = customer_json(*answer);
    if (!answer->position().empty()) response.headers.push_back({std::string(kPositionHeader), answer->position()});
    co_return response;
}

Answer AdminApi::get_customer(const Caller& /*caller*/, const http::Request& request) {
    v1::GetCustomerRequest get;
    get.set_stripe_customer_id(request.path_parameters.front());
    if (!could_be_stripe_id(get.stripe_customer_id())) co_return no_such_customer(request);
    const auto context = read_call_context(request);
    const auto answer = co_await backends_.store.get_customer(get, context);
    if (answer.has_error() && answer.error().error_code() == grpc::StatusCode::NOT_FOUND)
        co_return no_such_customer(request);
    if (answer.has_error()) co_return answer.error();
    http::Response response;
    response.body = customer_json(*answer);
    set_entity_tag(request, response);
    co_return response;
}

}  // namespace quittance::edge
