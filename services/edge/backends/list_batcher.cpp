#include "edge/backends/list_batcher.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "rpc/client/client.hpp"

namespace quittance::edge {
namespace {

namespace asio = boost::asio;
using StoreAsync = v1::InvoiceStore::StubInterface::async_interface;

// As many as the store takes, and about as large an answer as fits well into a message.
constexpr std::size_t kLists = 64;
constexpr std::size_t kAnswerBytes = 1024 * 1024;
constexpr std::size_t kSummaryBytes = 512;  // about one invoice
constexpr std::size_t kBillingBytes = 4'096;

std::size_t about_bytes(const v1::ListInvoicesRequest& request) {
    constexpr std::size_t kDefaultPageSize = 10;
    const auto invoices = request.page_size() == 0 ? kDefaultPageSize : static_cast<std::size_t>(request.page_size());
    return invoices * (request.view() == v1::VIEW_BILLING ? kBillingBytes : kSummaryBytes);
}

}  // namespace

ListBatcher::ListBatcher(asio::io_context& loop, v1::InvoiceStore::StubInterface& store, runtime::Metrics& metrics)
    : store_(store),
      metrics_(metrics),
      batcher_(loop, {.batch_items = kLists, .batch_bytes = kAnswerBytes, .calls_in_flight = 2},
               [this](const std::vector<v1::ListInvoicesRequest>& waiting, Deadline deadline) {
                   return send(waiting, deadline);
               }) {}

bool ListBatcher::can_batch(const v1::ListInvoicesRequest& request) {
    if (request.page() > 1 || !request.read_after().empty()) return false;
    const auto& filter = request.filter();
    const bool named = !filter.user_id().empty() || !filter.stripe_customer_id().empty() || !filter.account().empty();
    const bool ranged = filter.has_created_from() || filter.has_created_to();
    return !request.with_total() || (!named && !ranged);
}

asio::awaitable<rpc::Result<SharedList>> ListBatcher::submit(v1::ListInvoicesRequest request, Deadline deadline) {
    const auto bytes = about_bytes(request);
    co_return co_await batcher_.submit(std::move(request), bytes, deadline);
}

asio::awaitable<rpc::Result<ListBatcher::Answers>> ListBatcher::send(
    const std::vector<v1::ListInvoicesRequest>& waiting, Deadline deadline) {
    v1::BatchListInvoicesRequest request;
    std::map<std::string, std::size_t> places;  // of each distinct list among those sent
    std::vector<std::size_t> place_of;
    for (const auto& list : waiting) {
        const auto [found, first] = places.try_emplace(list.SerializeAsString(), places.size());
        if (first) *request.add_requests() = list;
        place_of.push_back(found->second);
    }
    const auto distinct = co_await send_distinct(request, deadline);
    if (distinct.has_error()) co_return distinct.error();
    Answers answers;
    answers.reserve(waiting.size());
    for (const auto place : place_of) answers.push_back((*distinct)[place]);
    co_return answers;
}

// One answer a list. What is too large together is asked for one by one.
asio::awaitable<rpc::Result<ListBatcher::Answers>> ListBatcher::send_distinct(
    const v1::BatchListInvoicesRequest& request, Deadline deadline) {
    const rpc::CallOptions options{deadline, {}};
    auto answer = co_await rpc::call_shared<StoreAsync, v1::BatchListInvoicesRequest, v1::BatchListInvoicesResponse>(
        metrics_, "InvoiceStore.BatchListInvoices", &StoreAsync::BatchListInvoices, store_.async(), request, options);
    Answers answers;
    if (answer.has_error() && answer.error().error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED) {
        for (const auto& list : request.requests()) {
            auto single = co_await rpc::call<StoreAsync, v1::ListInvoicesRequest, v1::ListInvoicesResponse>(
                metrics_, "InvoiceStore.ListInvoices", &StoreAsync::ListInvoices, store_.async(), list, options);
            if (single.has_error())
                answers.emplace_back(single.error());
            else
                answers.emplace_back(std::make_shared<const v1::ListInvoicesResponse>(std::move(*single)));
        }
        co_return answers;
    }
    if (answer.has_error()) co_return answer.error();
    const std::shared_ptr<const v1::BatchListInvoicesResponse> batch = *answer;
    for (int i = 0; i < request.requests_size(); ++i) {
        if (i >= batch->results_size() || batch->results(i).outcome_case() == 0)
            answers.emplace_back(
                rpc::make_status(grpc::StatusCode::INTERNAL, "The store's answer is short.", "batch_short"));
        else if (batch->results(i).has_refusal())
            answers.emplace_back(rpc::status_of(batch->results(i).refusal()));
        else
            answers.emplace_back(SharedList(batch, &batch->results(i).list()));  // keeps the whole batch
    }
    co_return answers;
}

}  // namespace quittance::edge
