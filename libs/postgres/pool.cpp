// The pool opens connections when they are needed, at most once in each back-off. Its threads run the jobs in order.
#include "postgres/pool.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "postgres/connection.hpp"
#include "postgres/failure.hpp"
#include "runtime/log.hpp"

namespace quittance::postgres {
namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// After a failure to connect the pool does not connect for this long, doubled each time. Callers fail at once
// meanwhile.
constexpr milliseconds kFirstBackOff{50};
constexpr milliseconds kLongestBackOff{1'000};
// A connection that worked this recently proves that the database is there.
constexpr milliseconds kFreshProof{1'000};

double seconds_since(SteadyClock::time_point start) {
    return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

}  // namespace

struct Pool::State {
    State(PoolOptions given, runtime::Metrics& metrics)
        : options(std::move(given)),
          idle_gauge(metrics.gauge("quittance_pool_connections", "Connections to the database",
                                   {{"pool", options.name}, {"state", "idle"}})),
          busy_gauge(metrics.gauge("quittance_pool_connections", "Connections to the database",
                                   {{"pool", options.name}, {"state", "busy"}})),
          depth_gauge(
              metrics.gauge("quittance_pool_queue_depth", "Jobs that wait for a connection", {{"pool", options.name}})),
          wait_seconds(metrics.seconds("quittance_pool_wait_seconds", "Time until a connection was free",
                                       {{"pool", options.name}})) {}

    // With the lock held.
    void show() {
        idle_gauge.set(static_cast<double>(idle.size()));
        busy_gauge.set(static_cast<double>(open - idle.size()));
        depth_gauge.set(static_cast<double>(jobs.size()));
    }

    std::unique_ptr<pqxx::connection> take_idle_or_make(std::unique_lock<std::mutex>& lock);
    std::unique_ptr<pqxx::connection> make(std::unique_lock<std::mutex>& lock);
    void worker(Pool& pool);
    void run(Pool& pool, Job& job);

    const PoolOptions options;
    runtime::Gauge idle_gauge;
    runtime::Gauge busy_gauge;
    runtime::Gauge depth_gauge;
    runtime::Histogram wait_seconds;

    std::mutex mutex;
    std::condition_variable connection_free;
    std::condition_variable job_waiting;
    std::vector<std::unique_ptr<pqxx::connection>> idle;
    std::size_t open = 0;  // idle, in use or being made
    SteadyClock::time_point next_attempt;
    milliseconds back_off{0};
    SteadyClock::time_point last_success;
    std::deque<Job> jobs;
    std::vector<std::thread> threads;
    bool stopping = false;
};

std::unique_ptr<pqxx::connection> Pool::State::take_idle_or_make(std::unique_lock<std::mutex>& lock) {
    // The most recently used connection first. The others age and are closed before a request gets a stale one.
    while (!idle.empty()) {
        auto connection = std::move(idle.back());
        idle.pop_back();
        if (!is_stale(*connection)) return connection;
        --open;
    }
    return make(lock);
}

std::unique_ptr<pqxx::connection> Pool::State::make(std::unique_lock<std::mutex>& lock) {
    if (SteadyClock::now() < next_attempt)
        throw pqxx::broken_connection("the database could not be reached a moment ago");
    ++open;
    lock.unlock();
    std::unique_ptr<pqxx::connection> made;
    std::exception_ptr failure;
    try {
        made = connect(options.url, options.statement_timeout);
        if (options.prepare) options.prepare(*made);
    } catch (...) {
        failure = std::current_exception();
        made.reset();
    }
    lock.lock();
    if (!failure) {
        back_off = milliseconds(0);
        last_success = SteadyClock::now();
        return made;
    }
    --open;
    back_off = std::clamp(back_off * 2, kFirstBackOff, kLongestBackOff);
    next_attempt = SteadyClock::now() + back_off;
    connection_free.notify_one();
    std::rethrow_exception(failure);
}

Pool::Pool(PoolOptions options, runtime::Metrics& metrics)
    : state_(std::make_unique<State>(std::move(options), metrics)) {
    state_->threads.reserve(state_->options.connections);
}

Pool::~Pool() {
    {
        const std::lock_guard lock(state_->mutex);
        state_->stopping = true;
    }
    state_->job_waiting.notify_all();
    for (auto& thread : state_->threads) thread.join();
}

Pool::Lease Pool::acquire(milliseconds timeout) {
    const auto start = SteadyClock::now();
    std::unique_lock lock(state_->mutex);
    const bool free = state_->connection_free.wait_for(
        lock, timeout, [this] { return !state_->idle.empty() || state_->open < state_->options.connections; });
    if (!free) throw PoolExhausted("no connection of the pool \"" + state_->options.name + "\" became free");
    auto connection = state_->take_idle_or_make(lock);
    state_->show();
    state_->wait_seconds.observe(seconds_since(start));
    return Lease(this, std::move(connection));
}

void Pool::give_back(std::unique_ptr<pqxx::connection> connection, bool discarded) {
    if (discarded || !connection->is_open()) connection.reset();  // closes without the lock: it may take a moment
    {
        const std::lock_guard lock(state_->mutex);
        if (connection) {
            state_->idle.push_back(std::move(connection));
            state_->last_success = SteadyClock::now();
        } else {
            --state_->open;
        }
        state_->show();
    }
    state_->connection_free.notify_one();
}

Pool::Lease::Lease(Pool* pool, std::unique_ptr<pqxx::connection> connection)
    : pool_(pool), connection_(std::move(connection)) {}

Pool::Lease::Lease(Lease&& other) noexcept
    : pool_(other.pool_), connection_(std::move(other.connection_)), discarded_(other.discarded_) {}

Pool::Lease::~Lease() {
    if (connection_) pool_->give_back(std::move(connection_), discarded_);
}

void Pool::submit(Job job) {
    {
        const std::lock_guard lock(state_->mutex);
        if (state_->jobs.size() < state_->options.queued_jobs && !state_->stopping) {
            state_->jobs.push_back(std::move(job));
            state_->show();
            // Threads start with the first jobs. A pool that only lends connections has none.
            if (state_->threads.size() < state_->options.connections)
                state_->threads.emplace_back([this] { state_->worker(*this); });
            state_->job_waiting.notify_one();
            return;
        }
    }
    job.fail(
        rpc::make_status(grpc::StatusCode::RESOURCE_EXHAUSTED, "too much work waits for the database", "queue_full"));
    job.done();
}

void Pool::State::worker(Pool& pool) {
    while (true) {
        std::unique_lock lock(mutex);
        job_waiting.wait(lock, [this] { return stopping || !jobs.empty(); });
        if (jobs.empty()) return;
        auto job = std::move(jobs.front());
        jobs.pop_front();
        show();
        lock.unlock();
        run(pool, job);
        job.done();
    }
}

void Pool::State::run(Pool& pool, Job& job) {
    const auto left = std::chrono::duration_cast<milliseconds>(job.deadline - std::chrono::system_clock::now());
    if (left <= milliseconds(0)) {
        job.fail(rpc::make_status(grpc::StatusCode::DEADLINE_EXCEEDED, "the deadline passed while waiting",
                                  "deadline_exceeded"));
        return;
    }
    try {
        auto lease = pool.acquire(left);
        try {
            job.work(*lease);
        } catch (...) {
            if (connection_is_spent(classify(std::current_exception()))) lease.discard();
            throw;
        }
    } catch (...) {
        job.fail(status_of_exception(std::current_exception()));
    }
}

bool Pool::healthy(milliseconds timeout) {
    {
        const std::lock_guard lock(state_->mutex);
        if (SteadyClock::now() - state_->last_success < kFreshProof) return true;
    }
    try {
        auto lease = acquire(timeout);
        try {
            pqxx::nontransaction session(*lease);
            session.exec1("SELECT 1");
            return true;
        } catch (...) {
            lease.discard();
            throw;
        }
    } catch (const std::exception& failure) {
        runtime::log_warn("the database is not healthy", {{"pool", state_->options.name}, {"error", failure.what()}});
        return false;
    }
}

}  // namespace quittance::postgres
