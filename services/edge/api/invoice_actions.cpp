#include "edge/api/invoice_actions.hpp"

#include "edge/requests/idempotency_key.hpp"
#include "edge/requests/identifiers.hpp"
#include "edge/responses/invoice_json.hpp"
#include "edge/responses/payment_error.hpp"
#include "edge/responses/problems.hpp"
#include "runtime/log.hpp"

namespace quittance::edge {
namespace {

namespace asio = boost::asio;

template <class Step>
Step step_on(const v1::Invoice& row, Step step = {}) {
    step.set_account(row.account());
    step.set_stripe_invoice_id(row.stripe_invoice_id());
    return step;
}

}  // namespace

asio::awaitable<std::variant<InvoiceActions::Target, http::Response>> InvoiceActions::find(const Caller& caller,
                                                                                           const http::Request& request,
                                                                                           std::string_view action) {
    const auto& id = request.path_parameters.front();
    if (!could_be_invoice_id(id)) co_return no_such_invoice(request);
    std::string key;
    if (request.method == "POST" && !idempotency_key_of(request, key))
        co_return invalid(request, {{"Idempotency-Key", kIdempotencyKeyRule}});

    v1::GetInvoiceRequest get;
    get.set_id(id);
    *get.mutable_scope() = caller.scope;
    get.set_view(v1::VIEW_SUMMARY);
    const auto context = read_call_context(request);
    get.set_read_after(request.method == "POST" ? std::string(kLatest) : context.read_after);
    auto row = co_await backends_.get_invoice(std::move(get), context);
    if (row.has_error()) co_return invoice_problem(request, row.error());
    Target target;
    target.caller = caller.name;
    target.row = std::move(*row);
    target.idempotency_key = key_for_action(action, target.row.stripe_invoice_id(), key);
    co_return target;
}

rpc::Result<http::Response> InvoiceActions::answer(const http::Request& request, std::string_view action,
                                                   const Target& target, const rpc::Reply<v1::StripeInvoice>& result) {
    if (result.has_error()) return result.error();
    runtime::log_info("invoice changed at Stripe", {{"request_id", request.request_id},
                                                    {"action", action},
                                                    {"api_key", target.caller},
                                                    {"invoice", target.row.stripe_invoice_id()},
                                                    {"status", result->invoice().status()},
                                                    {"replayed", result->replayed()},
                                                    {"payment_error", result->payment_error().code()}});
    http::Response response;
    response.body = std::move(*result->mutable_json());
    if (result->replayed()) response.headers.push_back({"Idempotent-Replayed", "true"});
    add_payment_error(*result, response);
    return response;
}

Answer InvoiceActions::link(const Caller& caller, const http::Request& request) {
    auto found = co_await find(caller, request, "link");
    if (auto* refusal = std::get_if<http::Response>(&found)) co_return std::move(*refusal);
    const auto retrieve = step_on<v1::RetrieveInvoiceRequest>(std::get<Target>(found).row);
    const auto context = write_call_context(request);
    const auto invoice = co_await backends_.gateway.retrieve_invoice(retrieve, context);
    if (invoice.has_error()) co_return invoice_problem(request, invoice.error());
    http::Response response;
    response.body = invoice_links(invoice->invoice());
    // The links expire, and they are credentials: nobody needs another one to open them.
    response.headers.push_back({"Cache-Control", "no-store"});
    co_return response;
}

template <class Step>
Answer InvoiceActions::act(const Caller& caller, const http::Request& request, std::string_view action, Step wanted,
                           Call<Step> call) {
    auto found = co_await find(caller, request, action);
    if (auto* refusal = std::get_if<http::Response>(&found)) co_return std::move(*refusal);
    const auto& target = std::get<Target>(found);
    auto step = step_on(target.row, std::move(wanted));
    step.set_idempotency_key(target.idempotency_key);
    const auto context = write_call_context(request);
    const auto result = co_await (backends_.gateway.*call)(step, context);
    co_return answer(request, action, target, result);
}

Answer InvoiceActions::finalise(const Caller& caller, const http::Request& request) {
    v1::FinalizeInvoiceRequest step;
    step.set_auto_advance(true);  // Stripe collects the invoice then; otherwise nobody would
    return act(caller, request, "finalise", std::move(step), &clients::StripeGatewayClient::finalise_invoice);
}

Answer InvoiceActions::make_void(const Caller& caller, const http::Request& request) {
    return act(caller, request, "void", v1::VoidInvoiceRequest(), &clients::StripeGatewayClient::void_invoice);
}

Answer InvoiceActions::mark_uncollectible(const Caller& caller, const http::Request& request) {
    return act(caller, request, "mark-uncollectible", v1::MarkInvoiceUncollectibleRequest(),
               &clients::StripeGatewayClient::mark_uncollectible);
}

Answer InvoiceActions::send(const Caller& caller, const http::Request& request) {
    return act(caller, request, "send", v1::SendInvoiceRequest(), &clients::StripeGatewayClient::send_invoice);
}

Answer InvoiceActions::retry_payment(const Caller& caller, const http::Request& request) {
    auto found = co_await find(caller, request, "admin-retry");
    if (auto* refusal = std::get_if<http::Response>(&found)) co_return std::move(*refusal);
    const auto& target = std::get<Target>(found);
    const auto context = write_call_context(request);
    // Stripe would finalise a draft before it collects, which a caller of this action does not expect. The row may be
    // older than the invoice at Stripe, so Stripe is asked.
    if (target.row.status() == "draft") {
        const auto retrieve = step_on<v1::RetrieveInvoiceRequest>(target.row);
        const auto fresh = co_await backends_.gateway.retrieve_invoice(retrieve, context);
        if (fresh.has_error()) co_return invoice_problem(request, fresh.error());
        if (fresh->invoice().status() == "draft") co_return nothing_to_collect(request, "draft");
    }
    auto step = step_on<v1::PayInvoiceRequest>(target.row);
    step.set_idempotency_key(target.idempotency_key);
    const auto result = co_await backends_.gateway.pay_invoice(step, context);
    co_return answer(request, "retry-payment", target, result);
}

}  // namespace quittance::edge
