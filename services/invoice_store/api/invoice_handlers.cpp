#include "invoice_store/api/invoice_handlers.hpp"

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "invoice_store/customers/registered_customers.hpp"
#include "invoice_store/invoices/invoice_lookup.hpp"
#include "invoice_store/lists/list_reader.hpp"
#include "invoice_store/lists/team_lists.hpp"
#include "postgres/statements.hpp"

namespace quittance::invoice_store {
namespace {

namespace asio = boost::asio;

using Gets = std::vector<v1::GetInvoiceRequest>;
using GetResults = std::vector<rpc::Result<v1::Invoice>>;
using Lists = std::vector<const v1::ListInvoicesRequest*>;

template <class Found>
rpc::Result<Found> found_or(std::optional<Found>&& found, std::string_view message, std::string_view reason) {
    if (found) return std::move(*found);
    return rpc::make_status(grpc::StatusCode::NOT_FOUND, message, reason);
}

rpc::Result<v1::Invoice> found_invoice(std::optional<v1::Invoice>&& invoice) {
    return found_or(std::move(invoice), "there is no such invoice", "invoice_not_found");
}

rpc::Result<v1::Invoice> get_one(pqxx::connection& connection, const v1::GetInvoiceRequest& request) {
    return found_invoice(std::move(get_invoices(connection, {request}).front()));
}

rpc::Result<GetResults> get_each(pqxx::connection& connection, const Gets& requests) {
    GetResults results;
    results.reserve(requests.size());
    for (auto& invoice : get_invoices(connection, requests)) results.push_back(found_invoice(std::move(invoice)));
    return results;
}

rpc::Result<v1::BatchGetInvoicesResponse> get_batch(pqxx::connection& connection,
                                                    const v1::BatchGetInvoicesRequest& request) {
    const Gets requests(request.requests().begin(), request.requests().end());
    v1::BatchGetInvoicesResponse response;
    response.mutable_results()->Reserve(request.requests_size());
    for (auto& invoice : get_invoices(connection, requests)) {
        auto& result = *response.add_results();
        if (invoice) *result.mutable_invoice() = std::move(*invoice);
    }
    return response;
}

rpc::Result<v1::Invoice> created_invoice(pqxx::connection& connection, const v1::FindByCreationKeyRequest& request) {
    auto invoice = find_created(connection, request);
    if (invoice.has_error()) return invoice.error();
    return found_or(std::move(*invoice), "no invoice was created with this key", "invoice_not_found");
}

rpc::Result<v1::Customer> registered_customer(pqxx::connection& connection, const v1::GetCustomerRequest& request) {
    return found_or(find_customer(connection, request), "the customer is not registered", "customer_not_found");
}

// What satisfies every request of the batch.
template <class Requests>
ReadPreference need_of_all(const Requests& requests) {
    ReadPreference need;
    for (const auto& request : requests) need = need.with(ReadPreference::of(request.read_after()));
    return need;
}

}  // namespace

void prepare_reads(pqxx::connection& connection) {
    postgres::set_for_session(connection, "plan_cache_mode = force_generic_plan");
    // A page ends early when its rows are read in the order of an index; a bitmap scan reads all rows and sorts them.
    // The planner prefers the bitmap because the average user has ten invoices, and a user with a million waits.
    postgres::set_for_session(connection, "enable_bitmapscan = off");
    prepare_gets(connection);
    prepare_lists(connection);
}

InvoiceHandlers::InvoiceHandlers(asio::io_context& loop, ReadRoute& reads, postgres::Pool& writes, Writer& writer,
                                 ListProjectionBackfill& entries, std::size_t get_calls,
                                 const std::atomic<bool>& schema_ready, std::function<void()> on_moved)
    : reads_(reads),
      writes_(writes),
      writer_(writer),
      entries_(entries),
      schema_ready_(schema_ready),
      on_moved_(std::move(on_moved)),
      gets_(loop, {.calls_in_flight = get_calls},
            [&reads](const Gets& requests, std::chrono::system_clock::time_point deadline) {
                const auto work = [&requests](pqxx::connection& connection) { return get_each(connection, requests); };
                return reads.run(work, ReadPreference(), deadline);
            }) {}

InvoiceHandlers::Done InvoiceHandlers::apply_invoice_events(const rpc::Call& call,
                                                            const v1::ApplyInvoiceEventsRequest& request,
                                                            v1::ApplyInvoiceEventsResponse& response) {
    if (auto refusal = refusal_of(request, schema_ready_)) co_return std::move(*refusal);
    auto status = co_await writer_.apply(request, response, call.deadline, call.trace);
    if (!status.ok() || !request.with_position()) co_return status;
    auto position = co_await reads_.position(call.deadline);
    response.set_position(std::move(position));
    co_return grpc::Status::OK;
}

InvoiceHandlers::Done InvoiceHandlers::get_invoice(const rpc::Call& call, const v1::GetInvoiceRequest& request,
                                                   v1::Invoice& response) {
    if (request.read_after().empty()) return get_together(call, request, response);
    // By itself, so that gets without a position neither wait nor fail with it.
    return answer(call, request, response, get_one, reads_for(request));
}

InvoiceHandlers::Done InvoiceHandlers::get_together(const rpc::Call& call, const v1::GetInvoiceRequest& request,
                                                    v1::Invoice& response) {
    if (auto refusal = refusal_of(request, schema_ready_)) co_return std::move(*refusal);
    auto item = request;
    auto invoice = co_await gets_.submit(std::move(item), request.ByteSizeLong(), call.deadline);
    co_return rpc::move_into(response, std::move(invoice));
}

InvoiceHandlers::Done InvoiceHandlers::batch_get_invoices(const rpc::Call& call,
                                                          const v1::BatchGetInvoicesRequest& request,
                                                          v1::BatchGetInvoicesResponse& response) {
    return answer(call, request, response, get_batch, ConnectionSource(reads_, need_of_all(request.requests())));
}

InvoiceHandlers::Done InvoiceHandlers::batch_list_invoices(const rpc::Call& call,
                                                           const v1::BatchListInvoicesRequest& request,
                                                           v1::BatchListInvoicesResponse& response) {
    if (auto refusal = refusal_of(request, schema_ready_)) co_return std::move(*refusal);
    Lists valid;
    std::vector<v1::BatchListInvoicesResponse::Result*> results;
    ReadPreference need;
    response.mutable_results()->Reserve(request.requests_size());
    for (const auto& list : request.requests()) {
        auto& result = *response.add_results();
        if (const auto refusal = rpc::refusal_of(violations_of(list))) {
            *result.mutable_refusal() = rpc::details_of(*refusal);
            continue;
        }
        valid.push_back(&list);
        results.push_back(&result);
        need = need.with(ReadPreference::of(list.read_after()));
    }
    if (valid.empty()) co_return grpc::Status::OK;
    ListReader reader;
    ListReader::Answers answers;
    const ConnectionSource::Job job = [&](pqxx::connection& connection) {
        const tracing::CurrentTrace trace(call.trace);
        answers = reader.read(connection, valid);
        return grpc::Status::OK;
    };
    const ConnectionSource source(reads_, need);
    auto status = co_await source.run(job, call.deadline);
    entries_.add(reader.missing());
    if (!status.ok()) co_return status;
    for (std::size_t i = 0; i < results.size(); ++i) {
        auto& answer = answers[i];
        if (answer.has_error())
            *results[i]->mutable_refusal() = rpc::details_of(answer.error());
        else
            *results[i]->mutable_list() = std::move(*answer);
    }
    co_return grpc::Status::OK;
}

InvoiceHandlers::Done InvoiceHandlers::list_invoices(const rpc::Call& call, const v1::ListInvoicesRequest& request,
                                                     v1::ListInvoicesResponse& response) {
    const auto work = [this](pqxx::connection& connection, const v1::ListInvoicesRequest& list) {
        ListReader reader;
        auto page = std::move(reader.read(connection, {&list}).front());
        entries_.add(reader.missing());
        return page;
    };
    return answer(call, request, response, work, reads_for(request));
}

InvoiceHandlers::Done InvoiceHandlers::get_last_invoice(const rpc::Call& call, const v1::GetLastInvoiceRequest& request,
                                                        v1::Invoice& response) {
    return answer(call, request, response, last_invoice, reads_for(request));
}

InvoiceHandlers::Done InvoiceHandlers::get_billing_history(const rpc::Call& call,
                                                           const v1::GetBillingHistoryRequest& request,
                                                           v1::GetBillingHistoryResponse& response) {
    return answer(call, request, response, billing_history, reads_for(request));
}

InvoiceHandlers::Done InvoiceHandlers::find_by_creation_key(const rpc::Call& call,
                                                            const v1::FindByCreationKeyRequest& request,
                                                            v1::Invoice& response) {
    // On the primary: after an answer from a replica that lags, the caller would create the invoice a second time.
    return answer(call, request, response, created_invoice, ConnectionSource(writes_));
}

InvoiceHandlers::Done InvoiceHandlers::register_customer(const rpc::Call& call,
                                                         const v1::RegisterCustomerRequest& request,
                                                         v1::Customer& response) {
    const auto work = [](pqxx::connection& connection, const v1::RegisterCustomerRequest& registration) {
        return rpc::Result<v1::Customer>(invoice_store::register_customer(connection, registration.customer()));
    };
    const ConnectionSource source(writes_);
    auto status = co_await answer(call, request, response, work, source);
    if (!status.ok()) co_return status;
    on_moved_();
    auto position = co_await reads_.position(call.deadline);
    response.set_position(std::move(position));
    co_return grpc::Status::OK;
}

InvoiceHandlers::Done InvoiceHandlers::get_customer(const rpc::Call& call, const v1::GetCustomerRequest& request,
                                                    v1::Customer& response) {
    // The caller has often registered the customer a moment ago.
    const ReadPreference need{ReadPreference::Server::kPrimaryFirst, {}};
    return answer(call, request, response, registered_customer, ConnectionSource(reads_, need));
}

}  // namespace quittance::invoice_store
