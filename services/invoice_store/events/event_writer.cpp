// The queue of waiting events, and the threads that write them batch by batch.
#include "invoice_store/events/event_writer.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "invoice_store/events/batch_retry.hpp"
#include "invoice_store/events/event_writer_metrics.hpp"
#include "invoice_store/settlements/stale_settlements.hpp"
#include "postgres/failure.hpp"
#include "rpc/batch_limits.hpp"
#include "rpc/status.hpp"
#include "runtime/log.hpp"
#include "tracing/current_trace.hpp"
#include "tracing/span.hpp"

namespace quittance::invoice_store {
namespace {

using SystemClock = std::chrono::system_clock;

constexpr int kTotalsSlots = 16;
constexpr std::chrono::milliseconds kRecomputeWait{1'000};

// While one thread writes a batch, arriving events collect for the next: few large transactions cost less than many
// small ones. A second thread starts a batch when this many events wait, or when one has waited so long that the first
// thread must be held up.
using rpc::kMaxBatchDelay;
using rpc::kMinBatchItems;

// One call, and its completion for when the last of its events is decided.
struct Submission {
    std::size_t undecided = 0;  // guarded by the queue's lock
    SystemClock::time_point deadline;
    std::function<void()> complete;
    base::TraceContext trace;
    tracing::Span in_queue;  // from its acceptance until a writer takes its first event
};

struct QueuedEvent {
    BatchItem item;
    bool tells_failure = false;  // see BatchItem
    std::size_t bytes = 0;
    std::shared_ptr<Submission> submission;
    std::chrono::steady_clock::time_point queued_at;
};

// Events about invoices are written first and alone: facts and customers take locks, and no invoice event may wait for
// those.
constexpr std::size_t kParts = 3;
std::size_t part_of(const v1::InvoiceEvent& event) {
    if (event.has_invoice()) return 0;
    return event.has_payment_fact() ? 1 : event.has_stripe_customer() ? 2 : 0;
}

// What the events that were written tell of payments.
ToldPayments payments_of(const std::vector<QueuedEvent>& batch) {
    ToldPayments told;
    for (const auto& queued : batch) {
        const auto state = queued.item.outcome->state();
        if (state == v1::EventOutcome::RETRY || state == v1::EventOutcome::DEAD || state == v1::EventOutcome::DUPLICATE)
            continue;
        told.add(*queued.item.event);
    }
    return told;
}

// The span of one transaction for many calls. It is a part of the first trace that is sampled, and linked to the
// others.
tracing::Span span_of_batch(std::vector<QueuedEvent>& batch) {
    tracing::Span span;
    const Submission* last = nullptr;
    for (auto& queued : batch) {
        auto& submission = *queued.submission;
        if (&submission == last || !submission.trace.sampled) continue;
        last = &submission;
        submission.in_queue.end();
        if (span.context().empty())
            span = tracing::Span("write a batch of events", tracing::Kind::kConsumer, submission.trace);
        else
            span.link_to(submission.trace);
    }
    span.set({"quittance.batch.events", batch.size()});
    return span;
}

bool all_retry(const v1::ApplyInvoiceEventsResponse& response) {
    return std::all_of(response.outcomes().begin(), response.outcomes().end(),
                       [](const auto& outcome) { return outcome.state() == v1::EventOutcome::RETRY; });
}

grpc::Status retryable_error(grpc::StatusCode code, const char* message, const char* reason) {
    v1::ErrorDetail detail;
    detail.set_reason(reason);
    detail.set_retry_after_ms(1'000);
    return rpc::make_status(code, message, detail);
}

}  // namespace

struct Writer::State {
    State(postgres::Pool& given_pool, WriterOptions given_options, runtime::Metrics& given_metrics)
        : pool(given_pool), options(given_options), metrics(given_metrics) {}

    bool enqueue(const v1::ApplyInvoiceEventsRequest& request, v1::ApplyInvoiceEventsResponse& response,
                 const std::shared_ptr<Submission>& submission);
    std::vector<QueuedEvent> wait_for_batch();
    void write_batch(std::vector<QueuedEvent> batch, InvoiceCounts& counts);
    void complete_calls(std::vector<QueuedEvent>& batch);
    void recompute_stale(const ToldPayments& told);
    void write_batches();

    postgres::Pool& pool;
    const WriterOptions options;
    WriterMetrics metrics;
    std::mutex mutex;
    std::condition_variable waiting;
    std::deque<QueuedEvent> queue;
    std::size_t queued_bytes = 0;
    std::size_t busy_threads = 0;  // with a batch
    bool stopping = false;
    std::vector<std::thread> threads;
};

bool Writer::State::enqueue(const v1::ApplyInvoiceEventsRequest& request, v1::ApplyInvoiceEventsResponse& response,
                            const std::shared_ptr<Submission>& submission) {
    const std::lock_guard lock(mutex);
    const auto bytes = request.ByteSizeLong();
    if (stopping || queue.size() + static_cast<std::size_t>(request.events_size()) > options.queued_events ||
        queued_bytes + bytes > options.queued_bytes)
        return false;
    submission->undecided = static_cast<std::size_t>(request.events_size());
    const auto now = std::chrono::steady_clock::now();
    for (int i = 0; i < request.events_size(); ++i) {
        const auto& event = request.events(i);
        const auto event_bytes = event.ByteSizeLong();
        queue.push_back({{&event, response.mutable_outcomes(i)}, false, event_bytes, submission, now});
        queued_bytes += event_bytes;
    }
    metrics.show_queue(queue.size());
    waiting.notify_one();
    return true;
}

// Returns an empty batch when the writer stops.
std::vector<QueuedEvent> Writer::State::wait_for_batch() {
    std::unique_lock lock(mutex);
    const auto may_start = [this] {
        if (queue.empty()) return stopping;
        return busy_threads == 0 || queue.size() >= kMinBatchItems ||
               std::chrono::steady_clock::now() - queue.front().queued_at >= kMaxBatchDelay;
    };
    while (!may_start()) {
        // An event that waits behind another batch becomes due by time alone, without a notification.
        if (queue.empty())
            waiting.wait(lock);
        else
            waiting.wait_until(lock, queue.front().queued_at + kMaxBatchDelay);
    }
    std::vector<QueuedEvent> batch;
    std::size_t bytes = 0;
    while (!queue.empty() && batch.size() < options.batch_events) {
        auto& next = queue.front();
        if (!batch.empty() && bytes + next.bytes > options.batch_bytes) break;
        bytes += next.bytes;
        queued_bytes -= next.bytes;
        batch.push_back(std::move(next));
        queue.pop_front();
    }
    metrics.show_queue(queue.size());
    if (!batch.empty()) ++busy_threads;
    if (!queue.empty()) waiting.notify_one();
    return batch;
}

void Writer::State::write_batch(std::vector<QueuedEvent> batch, InvoiceCounts& counts) {
    if (batch.empty()) return;
    const auto start = std::chrono::steady_clock::now();
    const auto now = SystemClock::now();
    auto span = span_of_batch(batch);
    std::vector<BatchItem> items;
    items.reserve(batch.size());
    for (auto& queued : batch) {
        if (queued.submission->deadline > now) {
            queued.item.tells_failure = &queued.tells_failure;
            items.push_back(queued.item);
        } else {
            queued.item.outcome->set_state(v1::EventOutcome::RETRY);
            queued.item.outcome->set_detail("the deadline passed while the event waited");
        }
    }
    if (!items.empty()) {
        const tracing::CurrentTrace trace(span.context());
        run_batch(pool, items, counts);
        options.on_written();
        const bool refused = std::any_of(items.begin(), items.end(), [](const auto& item) {
            return item.outcome->state() == v1::EventOutcome::RETRY;
        });
        if (refused) options.on_refused();
    }
    span.end();
    metrics.observe_batch(items.size(), std::chrono::steady_clock::now() - start);
    const auto told = payments_of(batch);
    complete_calls(batch);  // the calls return and free their requests: do not touch those from here on
    if (!told.empty()) recompute_stale(told);
}

// Counts the outcomes and completes the calls whose events are all decided.
void Writer::State::complete_calls(std::vector<QueuedEvent>& batch) {
    for (const auto& queued : batch) {
        metrics.count(*queued.item.event, *queued.item.outcome);
        if (queued.tells_failure) metrics.count_failure(queued.item.event->payment_fact().failure());
    }
    std::vector<std::function<void()>> completions;
    {
        const std::lock_guard lock(mutex);
        for (auto& queued : batch)
            if (--queued.submission->undecided == 0) completions.push_back(std::move(queued.submission->complete));
    }
    for (const auto& complete : completions) complete();
}

// Recomputes the settlements that do not fit what the batch told. The SettlementSweep finds those that this misses or
// cannot recompute.
void Writer::State::recompute_stale(const ToldPayments& told) {
    try {
        auto lease = pool.acquire(kRecomputeWait);
        try {
            told.recompute_stale(*lease);
        } catch (...) {
            lease.discard();
            throw;
        }
    } catch (...) {
        runtime::log_warn("settlements that do not fit their invoices are computed later",
                          {{"error", postgres::classify(std::current_exception()).text}});
    }
}

void Writer::State::write_batches() {
    // Processes and threads use different slots, so that they do not wait for each other's totals.
    InvoiceCounts counts(static_cast<int>(std::random_device{}() % kTotalsSlots));
    while (true) {
        auto batch = wait_for_batch();
        if (batch.empty()) return;
        std::array<std::vector<QueuedEvent>, kParts> parts;
        for (auto& queued : batch) parts[part_of(*queued.item.event)].push_back(std::move(queued));
        for (auto& part : parts) write_batch(std::move(part), counts);
        const std::lock_guard lock(mutex);
        --busy_threads;
    }
}

Writer::Writer(postgres::Pool& pool, WriterOptions options, runtime::Metrics& metrics)
    : state_(std::make_unique<State>(pool, options, metrics)) {
    for (std::size_t i = 0; i < options.threads; ++i) state_->threads.emplace_back([this] { state_->write_batches(); });
}

Writer::~Writer() {
    stop();
}

void Writer::stop() {
    {
        const std::lock_guard lock(state_->mutex);
        state_->stopping = true;
    }
    state_->waiting.notify_all();
    for (auto& thread : state_->threads) thread.join();
    state_->threads.clear();
}

boost::asio::awaitable<grpc::Status> Writer::apply(const v1::ApplyInvoiceEventsRequest& request,
                                                   v1::ApplyInvoiceEventsResponse& response,
                                                   SystemClock::time_point deadline, const base::TraceContext& trace) {
    if (request.events_size() == 0) co_return grpc::Status::OK;
    response.mutable_outcomes()->Reserve(request.events_size());
    for (int i = 0; i < request.events_size(); ++i) response.add_outcomes();
    auto submission = std::make_shared<Submission>();
    submission->deadline = deadline;
    submission->trace = trace;
    if (trace.sampled) submission->in_queue = tracing::Span("wait for a writer", tracing::Kind::kInternal, trace);
    bool taken = true;
    auto begin = [&](auto completion) {
        auto executor = boost::asio::prefer(boost::asio::get_associated_executor(completion),
                                            boost::asio::execution::outstanding_work.tracked);
        auto shared = std::make_shared<decltype(completion)>(std::move(completion));
        submission->complete = [shared, executor] { boost::asio::post(executor, [shared] { (*shared)(); }); };
        const auto complete = submission->complete;
        taken = state_->enqueue(request, response, submission);
        if (!taken) complete();
    };
    co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(begin,
                                                                                       boost::asio::use_awaitable);
    if (!taken) {
        response.clear_outcomes();
        co_return retryable_error(grpc::StatusCode::RESOURCE_EXHAUSTED, "too many events wait for the database",
                                  "queue_full");
    }
    if (all_retry(response))
        co_return retryable_error(grpc::StatusCode::UNAVAILABLE, "the database cannot take events now",
                                  "database_unavailable");
    co_return grpc::Status::OK;
}

}  // namespace quittance::invoice_store
