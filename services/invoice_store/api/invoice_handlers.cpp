// The handlers. Single gets that wait at the same time share one statement: see rpc/batcher.hpp.
#include "invoice_store/api/invoice_handlers.hpp"

#include <optional>
#include <utility>
#include <vector>

#include "invoice_store/api/validation.hpp"
#include "invoice_store/customers/registered_customers.hpp"
#include "invoice_store/invoices/invoice_lookup.hpp"
#include "invoice_store/lists/batched_lists.hpp"
#include "invoice_store/lists/listing.hpp"
#include "invoice_store/lists/team_lists.hpp"
#include "postgres/statements.hpp"
#include "rpc/client/batcher.hpp"

namespace quittance::invoice_store {
namespace {

namespace asio = boost::asio;

using Gets = std::vector<v1::GetInvoiceRequest>;
using GetAnswers = std::vector<rpc::Result<v1::Invoice>>;
using Statuses = std::vector<grpc::Status>;
using FoundInvoices = std::vector<std::optional<v1::Invoice>>;

rpc::Result<FoundInvoices> read(pqxx::connection& connection, const Gets& requests) {
    return get_invoices(connection, requests);
}

grpc::Status no_such_invoice() {
    return rpc::make_status(grpc::StatusCode::NOT_FOUND, "there is no such invoice", "invoice_not_found");
}

asio::awaitable<rpc::Result<GetAnswers>> get_together(ReadRoute& route, const Gets& requests,
                                                      std::chrono::system_clock::time_point deadline) {
    const auto work = [&requests](pqxx::connection& connection) { return read(connection, requests); };
    constexpr ReadNeed kAnything;
    auto found = co_await route.run(work, kAnything, deadline);
    if (found.has_error()) co_return found.error();
    GetAnswers answers;
    answers.reserve(found->size());
    for (auto& invoice : *found) {
        if (invoice)
            answers.emplace_back(std::move(*invoice));
        else
            answers.emplace_back(no_such_invoice());
    }
    co_return answers;
}

}  // namespace

void prepare_reads(pqxx::connection& connection) {
    postgres::set_for_session(connection, "plan_cache_mode = force_generic_plan");
    // Read in its order, an index ends with the page; as a bitmap it is read to its end and sorted, which looks cheaper
    // where the average user has ten invoices, and is not for one who has a million.
    postgres::set_for_session(connection, "enable_bitmapscan = off");
    prepare_gets(connection);
    prepare_lists(connection);
}

struct InvoiceStoreService::State {
    State(asio::io_context& loop, ReadRoute& read_route, postgres::Pool& write_pool, Writer& event_writer,
          ListEntryKeeper& entry_keeper, std::size_t get_calls, const std::atomic<bool>& ready,
          std::function<void()> when_moved)
        : reads(read_route),
          writes(write_pool),
          writer(event_writer),
          schema_ready(ready),
          on_moved(std::move(when_moved)),
          entries(entry_keeper),
          gets(loop, {.calls_in_flight = get_calls},
               [this](const Gets& requests, std::chrono::system_clock::time_point deadline) {
                   return get_together(reads, requests, deadline);
               }) {}

    // Why the request is not even tried.
    template <class Request>
    std::optional<grpc::Status> refusal_of(const Request& request) const {
        if (!schema_ready.load(std::memory_order_acquire))
            return rpc::make_status(grpc::StatusCode::UNAVAILABLE, "the store is starting", "schema_pending");
        const auto violations = violations_of(request);
        if (violations.empty()) return std::nullopt;
        return rpc::invalid_argument(violations);
    }

    // By itself: what it needs is not to fail others.
    asio::awaitable<grpc::Status> get_after(const rpc::Call& call, const v1::GetInvoiceRequest& request,
                                            v1::Invoice& response) {
        const Gets alone{request};
        const auto work = [&alone](pqxx::connection& connection) { return read(connection, alone); };
        const auto need = ReadNeed::of(request.read_after());
        auto found = co_await reads.run(work, need, call.deadline);
        if (found.has_error()) co_return found.error();
        if (!found->front()) co_return no_such_invoice();
        response = std::move(*found->front());
        co_return grpc::Status::OK;
    }

    ReadRoute& reads;
    postgres::Pool& writes;
    Writer& writer;
    const std::atomic<bool>& schema_ready;
    const std::function<void()> on_moved;
    ListEntryKeeper& entries;
    rpc::Batcher<v1::GetInvoiceRequest, v1::Invoice> gets;
};

InvoiceStoreService::InvoiceStoreService(asio::io_context& loop, ReadRoute& reads, postgres::Pool& writes,
                                         Writer& writer, ListEntryKeeper& entries, std::size_t get_calls,
                                         const std::atomic<bool>& schema_ready, std::function<void()> on_moved)
    : state_(std::make_unique<State>(loop, reads, writes, writer, entries, get_calls, schema_ready,
                                     std::move(on_moved))) {}

InvoiceStoreService::~InvoiceStoreService() = default;

asio::awaitable<grpc::Status> InvoiceStoreService::apply_invoice_events(const rpc::Call& call,
                                                                        const v1::ApplyInvoiceEventsRequest& request,
                                                                        v1::ApplyInvoiceEventsResponse& response) {
    if (const auto refusal = state_->refusal_of(request)) co_return *refusal;
    const auto status = co_await state_->writer.apply(request, response, call.deadline);
    if (!status.ok() || !request.with_position()) co_return status;
    auto position = co_await state_->reads.position(call.deadline);
    response.set_position(std::move(position));
    co_return grpc::Status::OK;
}

asio::awaitable<grpc::Status> InvoiceStoreService::get_invoice(const rpc::Call& call,
                                                               const v1::GetInvoiceRequest& request,
                                                               v1::Invoice& response) {
    if (const auto refusal = state_->refusal_of(request)) co_return *refusal;
    if (!request.read_after().empty()) co_return co_await state_->get_after(call, request, response);
    auto item = request;
    auto answer = co_await state_->gets.submit(std::move(item), request.ByteSizeLong(), call.deadline);
    if (answer.has_error()) co_return answer.error();
    response = std::move(*answer);
    co_return grpc::Status::OK;
}

asio::awaitable<grpc::Status> InvoiceStoreService::batch_get_invoices(const rpc::Call& call,
                                                                      const v1::BatchGetInvoicesRequest& request,
                                                                      v1::BatchGetInvoicesResponse& response) {
    if (const auto refusal = state_->refusal_of(request)) co_return *refusal;
    const Gets requests(request.requests().begin(), request.requests().end());
    ReadNeed need;
    for (const auto& each : requests) need = need.with(ReadNeed::of(each.read_after()));
    const auto work = [&requests](pqxx::connection& connection) { return read(connection, requests); };
    auto found = co_await state_->reads.run(work, need, call.deadline);
    if (found.has_error()) co_return found.error();
    response.mutable_results()->Reserve(request.requests_size());
    for (auto& invoice : *found) {
        auto& result = *response.add_results();
        if (invoice) *result.mutable_invoice() = std::move(*invoice);
    }
    co_return grpc::Status::OK;
}

asio::awaitable<grpc::Status> InvoiceStoreService::batch_list_invoices(const rpc::Call& call,
                                                                       const v1::BatchListInvoicesRequest& request,
                                                                       v1::BatchListInvoicesResponse& response) {
    if (const auto refusal = state_->refusal_of(request)) co_return *refusal;
    std::vector<const v1::ListInvoicesRequest*> valid;
    std::vector<v1::BatchListInvoicesResponse::Result*> results;
    ReadNeed need;
    response.mutable_results()->Reserve(request.requests_size());
    for (const auto& list : request.requests()) {
        auto& result = *response.add_results();
        if (const auto violations = violations_of(list); !violations.empty()) {
            *result.mutable_refusal() = rpc::details_of(rpc::invalid_argument(violations));
            continue;
        }
        valid.push_back(&list);
        results.push_back(&result);
        need = need.with(ReadNeed::of(list.read_after()));
    }
    if (valid.empty()) co_return grpc::Status::OK;
    std::vector<v1::ListInvoicesResponse*> lists;
    for (auto* result : results) lists.push_back(result->mutable_list());
    WithoutEntry without_entry;
    const auto work = [&valid, &lists, &without_entry](pqxx::connection& connection) {
        return rpc::Result<Statuses>(list_together(connection, valid, lists, &without_entry));
    };
    const auto statuses = co_await state_->reads.run(work, need, call.deadline);
    state_->entries.fill(without_entry);
    if (statuses.has_error()) co_return statuses.error();
    for (std::size_t i = 0; i < results.size(); ++i)
        if (!(*statuses)[i].ok()) *results[i]->mutable_refusal() = rpc::details_of((*statuses)[i]);
    co_return grpc::Status::OK;
}

asio::awaitable<grpc::Status> InvoiceStoreService::list_invoices(const rpc::Call& call,
                                                                 const v1::ListInvoicesRequest& request,
                                                                 v1::ListInvoicesResponse& response) {
    if (const auto refusal = state_->refusal_of(request)) co_return *refusal;
    WithoutEntry without_entry;
    const auto work = [&request, &without_entry](pqxx::connection& connection) {
        return invoice_store::list_invoices(connection, request, &without_entry);
    };
    const auto need = ReadNeed::of(request.read_after());
    auto page = co_await state_->reads.run(work, need, call.deadline);
    state_->entries.fill(without_entry);
    if (page.has_error()) co_return page.error();
    response = std::move(*page);
    co_return grpc::Status::OK;
}

asio::awaitable<grpc::Status> InvoiceStoreService::get_last_invoice(const rpc::Call& call,
                                                                    const v1::GetLastInvoiceRequest& request,
                                                                    v1::Invoice& response) {
    if (const auto refusal = state_->refusal_of(request)) co_return *refusal;
    const auto work = [&request](pqxx::connection& connection) { return last_invoice(connection, request); };
    const auto need = ReadNeed::of(request.read_after());
    auto invoice = co_await state_->reads.run(work, need, call.deadline);
    if (invoice.has_error()) co_return invoice.error();
    response = std::move(*invoice);
    co_return grpc::Status::OK;
}

asio::awaitable<grpc::Status> InvoiceStoreService::get_billing_history(const rpc::Call& call,
                                                                       const v1::GetBillingHistoryRequest& request,
                                                                       v1::GetBillingHistoryResponse& response) {
    if (const auto refusal = state_->refusal_of(request)) co_return *refusal;
    const auto work = [&request](pqxx::connection& connection) { return billing_history(connection, request); };
    const auto need = ReadNeed::of(request.read_after());
    auto page = co_await state_->reads.run(work, need, call.deadline);
    if (page.has_error()) co_return page.error();
    response = std::move(*page);
    co_return grpc::Status::OK;
}

asio::awaitable<grpc::Status> InvoiceStoreService::find_by_creation_key(const rpc::Call& call,
                                                                        const v1::FindByCreationKeyRequest& request,
                                                                        v1::Invoice& response) {
    if (const auto refusal = state_->refusal_of(request)) co_return *refusal;
    // From the primary: a replica that lags would have the invoice made a second time.
    const auto work = [&request](pqxx::connection& connection) { return find_created(connection, request); };
    auto invoice = co_await state_->writes.run(work, call.deadline);
    if (invoice.has_error()) co_return invoice.error();
    if (!*invoice)
        co_return rpc::make_status(grpc::StatusCode::NOT_FOUND, "no invoice with this key is known",
                                   "invoice_not_found");
    response = std::move(**invoice);
    co_return grpc::Status::OK;
}

asio::awaitable<grpc::Status> InvoiceStoreService::register_customer(const rpc::Call& call,
                                                                     const v1::RegisterCustomerRequest& request,
                                                                     v1::Customer& response) {
    if (const auto refusal = state_->refusal_of(request)) co_return *refusal;
    const auto work = [&request](pqxx::connection& connection) -> rpc::Result<v1::Customer> {
        return invoice_store::register_customer(connection, request.customer());
    };
    auto customer = co_await state_->writes.run(work, call.deadline);
    if (customer.has_error()) co_return customer.error();
    state_->on_moved();
    response = std::move(*customer);
    auto position = co_await state_->reads.position(call.deadline);
    response.set_position(std::move(position));
    co_return grpc::Status::OK;
}

asio::awaitable<grpc::Status> InvoiceStoreService::get_customer(const rpc::Call& call,
                                                                const v1::GetCustomerRequest& request,
                                                                v1::Customer& response) {
    if (const auto refusal = state_->refusal_of(request)) co_return *refusal;
    // Who asks has often just registered it.
    constexpr ReadNeed kNeed{ReadNeed::Place::kPrimaryFirst, {}};
    const auto work = [&request](pqxx::connection& connection) -> rpc::Result<std::optional<v1::Customer>> {
        return find_customer(connection, request);
    };
    auto customer = co_await state_->reads.run(work, kNeed, call.deadline);
    if (customer.has_error()) co_return customer.error();
    if (!*customer)
        co_return rpc::make_status(grpc::StatusCode::NOT_FOUND, "nobody registered this customer",
                                   "customer_not_found");
    response = std::move(**customer);
    co_return grpc::Status::OK;
}

}  // namespace quittance::invoice_store
