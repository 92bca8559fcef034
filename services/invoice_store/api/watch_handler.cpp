#include "invoice_store/api/watch_handler.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <random>
#include <utility>

#include "base/jitter.hpp"
#include "invoice_store/api/answer.hpp"
#include "invoice_store/changes/change_token.hpp"
#include "postgres/statements.hpp"
#include "runtime/log.hpp"

namespace quittance::invoice_store {
namespace {

namespace asio = boost::asio;
using std::chrono::steady_clock;

constexpr std::chrono::seconds kStatementTime{10};  // for a page, including the wait for a connection
constexpr std::chrono::seconds kSettleTime{10};     // for the transactions that run when a watch begins
constexpr std::chrono::seconds kTrimEvery{60};

std::chrono::system_clock::time_point statement_deadline() {
    return std::chrono::system_clock::now() + kStatementTime;
}

v1::WatchInvoicesResponse sign_of_life(const ChangeToken& last_sent) {
    v1::WatchInvoicesResponse response;
    response.set_resume_token(make_change_token(last_sent));
    return response;
}

}  // namespace

void prepare_watch(pqxx::connection& connection) {
    postgres::set_for_session(connection, "plan_cache_mode = force_generic_plan");
    prepare_changes(connection);
}

WatchHandler::WatchHandler(asio::io_context& loop, postgres::Pool& pool, WatchOptions options,
                           const std::atomic<bool>& schema_ready)
    : pool_(pool),
      options_(options),
      schema_ready_(schema_ready),
      feed_(loop, pool, options.poll, options.with_positions) {}

asio::awaitable<grpc::Status> WatchHandler::watch_invoices(const rpc::Call& /*call*/,
                                                           const v1::WatchInvoicesRequest& request, Writer& writer) {
    if (auto refusal = refusal_of(request, schema_ready_)) co_return std::move(*refusal);
    const ChangeFeed::Subscription subscription(feed_, [&writer] { writer.wake(); });
    auto start = co_await start_of(request, subscription, writer);
    if (start.has_error()) co_return start.error();
    auto last_sent = std::move(*start);
    co_return co_await send_changes(request, std::move(last_sent), subscription, writer);
}

asio::awaitable<rpc::Result<ChangeToken>> WatchHandler::start_of(const v1::WatchInvoicesRequest& request,
                                                                 const ChangeFeed::Subscription& subscription,
                                                                 Writer& writer) {
    if (auto token = read_change_token(request.resume_token())) {
        const auto work = [&token](pqxx::connection& connection) -> rpc::Result<bool> {
            auto status = check_resumption(connection, *token);
            if (!status.ok()) return status;
            return true;
        };
        const auto deadline = statement_deadline();
        const auto checked = co_await pool_.run(work, deadline);
        if (checked.has_error()) co_return checked.error();
        co_return std::move(*token);
    }
    const auto until = steady_clock::now() + kSettleTime;
    while (!subscription.settled() && !subscription.failure() && !writer.over() && steady_clock::now() < until)
        co_await writer.wait(until);
    if (auto now = subscription.settled()) co_return std::move(*now);
    if (subscription.failure()) co_return *subscription.failure();
    co_return rpc::make_status(grpc::StatusCode::UNAVAILABLE, "a long transaction holds back the changes",
                               "changes_unsettled");
}

asio::awaitable<grpc::Status> WatchHandler::send_changes(const v1::WatchInvoicesRequest& request, ChangeToken last_sent,
                                                         const ChangeFeed::Subscription& subscription, Writer& writer) {
    auto first = sign_of_life(last_sent);
    co_await writer.write(std::move(first));
    auto next_sign = steady_clock::now() + options_.sign_of_life;
    while (!writer.over()) {
        if (subscription.failure()) co_return *subscription.failure();
        const auto settled = subscription.settled();
        if (settled && settled->position.seq > last_sent.position.seq) {
            const auto through = settled->position.seq;
            const auto work = [&](pqxx::connection& connection) {
                return read_changes(connection, last_sent.position, through, request);
            };
            const auto deadline = statement_deadline();
            auto page = co_await pool_.run(work, deadline);
            if (page.has_error()) co_return page.error();
            for (std::size_t i = 0; i < page->changes.size() && !writer.over(); ++i) {
                last_sent.position = page->positions[i];
                auto change = std::move(page->changes[i]);
                change.set_resume_token(make_change_token(last_sent));
                change.set_position(subscription.position());
                co_await writer.write(std::move(change));
                next_sign = steady_clock::now() + options_.sign_of_life;
            }
            last_sent.position = page->end;
        } else {
            co_await writer.wait(next_sign);
        }
        if (steady_clock::now() >= next_sign) {
            auto sign = sign_of_life(last_sent);
            co_await writer.write(std::move(sign));
            next_sign = steady_clock::now() + options_.sign_of_life;
        }
    }
    co_return grpc::Status::CANCELLED;
}

asio::awaitable<void> WatchHandler::trim_forever() {
    const auto executor = co_await asio::this_coro::executor;
    const auto keep_seconds = std::chrono::seconds(options_.retention).count();
    const auto work = [keep_seconds](pqxx::connection& connection) -> rpc::Result<std::int64_t> {
        return trim_changes(connection, keep_seconds);
    };
    asio::steady_timer timer(executor);
    for (;;) {
        timer.expires_after(base::jittered(kTrimEvery));
        co_await timer.async_wait(asio::use_awaitable);
        for (bool more = schema_ready_.load(std::memory_order_acquire); more;) {
            const auto deadline = statement_deadline();
            const auto trimmed = co_await pool_.run(work, deadline);
            more = trimmed.has_value() && *trimmed > 0;
            if (trimmed.has_error())
                runtime::log_warn("trimming old changes failed",
                                  {{"code", rpc::code_name(trimmed.error().error_code())}});
        }
    }
}

}  // namespace quittance::invoice_store
