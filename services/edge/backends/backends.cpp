#include "edge/backends/backends.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "tracing/span.hpp"

namespace quittance::edge {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kGetBytes = 64;  // of a request, about
// Of a reply, for each invoice: the message in memory, and what it has on the wire in each view.
constexpr std::size_t kInvoiceBytes = 2'048;
constexpr std::size_t kSummaryBytes = 512;
constexpr std::size_t kBillingBytes = 4'096;

// Batches of lists are limited by the size of the reply. One that was too large all the same is sent list by list.
constexpr rpc::BatcherLimits kLists{.batch_items = rpc::kBatchLists, .split_after = [](grpc::StatusCode code) {
                                        return code == grpc::StatusCode::RESOURCE_EXHAUSTED;
                                    }};

std::size_t wire_bytes(const v1::ListInvoicesRequest& list) {
    constexpr std::size_t kDefaultPageSize = 10;
    const auto invoices = list.page_size() == 0 ? kDefaultPageSize : static_cast<std::size_t>(list.page_size());
    return invoices * (list.view() == v1::VIEW_BILLING ? kBillingBytes : kSummaryBytes);
}

// True for a list that the store answers quickly, from an index or a sum, on any server. Another list may be slow, or
// may need a position that no server can show; lists in one call with it would wait or fail too.
bool can_batch(const v1::ListInvoicesRequest& list) {
    if (list.page() > 1 || !list.read_after().empty()) return false;
    const auto& filter = list.filter();
    const bool named = !filter.user_id().empty() || !filter.stripe_customer_id().empty() || !filter.account().empty();
    const bool ranged = filter.has_created_from() || filter.has_created_to();
    return !list.with_total() || (!named && !ranged);
}

// An operator wants all lines about the request: those of a call for many requests would not be about it.
bool travels_alone(const CallContext& context) {
    return context.log_raised;
}

// The span of a call for many requests. It is a part of the first trace that is sampled, and linked to the others.
template <class Traced>
tracing::Span span_of_batch(std::string_view name, const std::vector<Traced>& batch) {
    const auto sampled = [](const Traced& one) { return one.trace.sampled; };
    const auto first = std::find_if(batch.begin(), batch.end(), sampled);
    if (first == batch.end()) return {};
    tracing::Span span(name, tracing::Kind::kInternal, first->trace);
    span.set({"quittance.batch.requests", batch.size()});
    for (auto other = std::next(first); other != batch.end(); ++other)
        if (other->trace.sampled) span.link_to(other->trace);
    return span;
}

}  // namespace

Backends::Backends(asio::io_context& loop, const rpc::ChannelOptions& to_store, const rpc::ChannelOptions& to_gateway,
                   runtime::Metrics& metrics)
    : Services(to_store, to_gateway, metrics),
      gets_(loop, {}, [this](const auto& gets, GetBatcher::Deadline deadline) { return send_gets(gets, deadline); }),
      lists_(loop, kLists,
             [this](const auto& lists, ListBatcher::Deadline deadline) { return send_lists(lists, deadline); }),
      gets_waiting_(metrics.gauge("quittance_edge_gets_waiting", "Gets that wait for a call to take them along.")),
      get_calls_(metrics.gauge("quittance_edge_get_calls_in_flight", "BatchGetInvoices calls under way.")) {}

rpc::AsyncReply<v1::Invoice> Backends::get_invoice(v1::GetInvoiceRequest request, const CallContext& context) {
    if (travels_alone(context) || !request.read_after().empty()) co_return co_await store.get_invoice(request, context);
    Get get{std::move(request), context.trace};
    co_return co_await gets_.submit(std::move(get), kGetBytes, context.deadline);
}

asio::awaitable<rpc::Result<Backends::GetBatcher::Answers>> Backends::send_gets(const std::vector<Get>& gets,
                                                                                GetBatcher::Deadline deadline) {
    gets_waiting_.set(static_cast<double>(gets_.waiting()));
    get_calls_.set(static_cast<double>(gets_.in_flight()));
    v1::BatchGetInvoicesRequest request;
    request.mutable_requests()->Reserve(static_cast<int>(gets.size()));
    for (const auto& get : gets) *request.add_requests() = get.request;
    const tracing::Span span = span_of_batch("get invoices", gets);
    rpc::CallOptions options{deadline, {}, gets.size() * kInvoiceBytes};
    options.trace = span.context();
    const auto reply = co_await store.batch_get_invoices(request, options);
    if (reply.has_error()) co_return reply.error();
    GetBatcher::Answers answers;
    answers.reserve(gets.size());
    for (auto& result : *reply->mutable_results()) {
        if (result.has_invoice())
            answers.emplace_back(reply.part(*result.mutable_invoice()));
        else
            answers.emplace_back(
                rpc::make_status(grpc::StatusCode::NOT_FOUND, "There is no such invoice.", "invoice_not_found"));
    }
    co_return answers;
}

rpc::AsyncReply<const v1::ListInvoicesResponse> Backends::list_invoices(v1::ListInvoicesRequest request,
                                                                        const CallContext& context) {
    if (travels_alone(context) || !can_batch(request)) co_return co_await store.list_invoices(request, context);
    const auto bytes = wire_bytes(request);
    List list{std::move(request), context.trace};
    co_return co_await lists_.submit(std::move(list), bytes, context.deadline);
}

asio::awaitable<rpc::Result<Backends::ListBatcher::Answers>> Backends::send_lists(const std::vector<List>& lists,
                                                                                  ListBatcher::Deadline deadline) {
    v1::BatchListInvoicesRequest request;
    std::map<std::string, int> places;  // of each distinct list in the request
    std::vector<int> place_of;
    const tracing::Span span = span_of_batch("list invoices", lists);
    rpc::CallOptions options{deadline, {}, 0};
    options.trace = span.context();
    for (const auto& [list, trace] : lists) {
        const auto [found, first] = places.try_emplace(list.SerializeAsString(), request.requests_size());
        place_of.push_back(found->second);
        if (!first) continue;
        *request.add_requests() = list;
        // Serialised invoices are one text outside the arena.
        options.reply_bytes += list.serialised() ? kInvoiceBytes : wire_bytes(list);
    }
    const auto reply = co_await store.batch_list_invoices(request, options);
    ListBatcher::Answers answers;
    answers.reserve(lists.size());
    if (reply.has_error()) {
        // One list for many callers: to ask once for each of them would not make it smaller.
        if (request.requests_size() > 1) co_return reply.error();
        answers.assign(lists.size(), reply.error());
        co_return answers;
    }
    for (const int place : place_of) {
        if (place >= reply->results_size() || reply->results(place).outcome_case() == 0)
            answers.emplace_back(
                rpc::make_status(grpc::StatusCode::INTERNAL, "The store's answer is short.", "batch_short"));
        else if (reply->results(place).has_refusal())
            answers.emplace_back(rpc::status_of(reply->results(place).refusal()));
        else
            answers.emplace_back(reply.part(reply->results(place).list()));
    }
    co_return answers;
}

}  // namespace quittance::edge
