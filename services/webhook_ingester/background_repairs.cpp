#include "webhook_ingester/background_repairs.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <memory>

#include "base/jitter.hpp"
#include "base/timestamps.hpp"
#include "runtime/log.hpp"
#include "runtime/pause.hpp"
#include "tracing/span.hpp"

namespace quittance::webhook_ingester {
namespace {

namespace asio = boost::asio;

constexpr int kQueuePage = 100;
constexpr std::int64_t kRecentSeconds = 3 * 86'400;  // refunds and disputes that every audit compares
constexpr std::int64_t kWalkPage = 100;
constexpr std::int64_t kMostWalkPages = 1'000;
constexpr const char* kCompared = "Invoices, refunds and disputes that were compared with Stripe.";
constexpr const char* kDrifted = "Invoices, refunds and disputes that differed from Stripe.";
constexpr const char* kUnrepaired =
    "Invoices, refunds and disputes that still differed after a repair, or that Stripe did not have.";

Followup invoice_of(std::string account, std::string stripe_invoice_id) {
    Followup followup;
    followup.account = std::move(account);
    followup.stripe_invoice_id = std::move(stripe_invoice_id);
    return followup;
}

void log_failure(std::string_view what, const std::string& account, const grpc::Status& status) {
    runtime::log_warn(
        what,
        {{"account", account}, {"code", rpc::code_name(status.error_code())}, {"reason", status.error_message()}});
}

// Names of fields alone: their values are the customer's.
void log_drift(const std::string& account, const reconcile::Drift& drift) {
    const auto fields = drift.missing ? "all" : drift.not_found ? "not found at Stripe" : names_of(drift.fields);
    runtime::log_error("an invoice differed from Stripe", {{"account", account},
                                                           {"invoice", drift.stripe_invoice_id},
                                                           {"fields", fields},
                                                           {"repaired", drift.repaired},
                                                           {"unrepaired_fields", drift.unrepaired_fields}});
}

// A run of our own accord has a trace of its own.
tracing::Span span_of_run(std::string_view name, const std::string& account) {
    tracing::Span span(name, tracing::Kind::kInternal, base::TraceContext());
    span.set({"quittance.account", account});
    return span;
}

}  // namespace

BackgroundRepairs::BackgroundRepairs(asio::io_context& loop, clients::Services& services, RepairOptions options,
                                     runtime::Metrics& metrics)
    : loop_(loop),
      services_(services),
      options_(std::move(options)),
      metrics_(metrics),
      scheduler_(loop, services, metrics),
      waiting_(metrics.gauge("quittance_refetches_waiting", "Invoices that Stripe is still to be asked for.")) {}

void BackgroundRepairs::start() {
    asio::co_spawn(loop_, read_refetch_queue(), asio::detached);
    for (const auto& account : options_.accounts) {
        if (options_.reconcile_every.count() > 0) asio::co_spawn(loop_, follow_events(account), asio::detached);
        if (options_.audit_every.count() > 0) asio::co_spawn(loop_, audit(account), asio::detached);
    }
}

// Finds refetches that nobody has made: the replica that got the event was stopped, or Stripe was away.
asio::awaitable<void> BackgroundRepairs::read_refetch_queue() {
    v1::ListRefetchesRequest request;
    request.set_page_size(kQueuePage);
    request.set_waited_ms(options_.queue_min_age.count());
    request.set_due_only(true);
    for (;;) {
        const auto wait = base::jittered(options_.queue_every);
        co_await runtime::pause(wait);
        const auto queue = co_await services_.store.list_refetches(request);
        if (queue.has_error()) {
            runtime::log_warn("the store's refetch queue could not be read",
                              {{"code", rpc::code_name(queue.error().error_code())}});
            continue;
        }
        waiting_.set(static_cast<double>(queue->total_size()));
        for (const auto& refetch : queue->refetches()) {
            auto followup = invoice_of(refetch.account(), refetch.stripe_invoice_id());
            followup.was_unrepaired = refetch.reason() == "unrepaired";
            scheduler_.add(std::move(followup));
        }
    }
}

asio::awaitable<void> BackgroundRepairs::follow_events(std::string account) {
    const runtime::Metrics::Labels labels{{"account", account}};
    const auto found = metrics_.counter("quittance_reconciled_events_total",
                                        "Events that no webhook had brought, found in Stripe's list.", labels);
    const auto age = metrics_.gauge("quittance_reconcile_age_seconds",
                                    "Since Stripe's list of events was last read to its end.", labels);
    const auto last = std::make_shared<std::atomic<std::int64_t>>(base::unix_now());
    metrics_.before_scrape([age, last] { age.set(static_cast<double>(base::unix_now() - last->load())); });
    reconcile::FollowOptions options;
    options.account = account;
    options.overlap = options_.reconcile_overlap;
    options.min_age = options_.reconcile_min_age;
    // The first run starts soon: it brings what was missed while no ingester ran.
    auto wait = base::jittered(std::min<std::chrono::milliseconds>(std::chrono::seconds(2), options_.reconcile_every));
    for (;;) {
        co_await runtime::pause(wait);
        wait = base::jittered(options_.reconcile_every);
        auto span = span_of_run("follow events", account);
        const auto report = co_await reconcile::follow_events(services_, options);
        if (report.has_error()) {
            span.fail(rpc::code_name(report.error().error_code()));
            log_failure("Stripe's events could not be read", account, report.error());
            continue;
        }
        span.set({"quittance.events.listed", report->listed});
        span.set({"quittance.events.missing", report->missing});
        span.end();
        last->store(base::unix_now());
        take_report(account, *report, found);
    }
}

void BackgroundRepairs::take_report(const std::string& account, const reconcile::EventsReport& report,
                                    const runtime::Counter& found) {
    found.increment(static_cast<double>(report.missing));
    for (const auto& id : report.delivered.refetches) scheduler_.add(invoice_of(account, id));
    for (const auto& event : report.delivered.unresolved) {
        Followup followup;
        followup.account = account;
        followup.payment = event;
        scheduler_.add(std::move(followup));
    }
    if (report.unseen_since > 0)
        runtime::log_error(
            "nobody followed Stripe's events for longer than Stripe keeps them: run quittancectl backfill",
            {{"account", account}, {"from_unix", report.unseen_since}, {"to_unix", report.from}});
    if (report.missing > 0)
        runtime::log_warn("events that no webhook had brought were found",
                          {{"account", account}, {"events", report.missing}, {"listed", report.listed}});
}

asio::awaitable<void> BackgroundRepairs::audit(std::string account) {
    for (;;) {
        const auto wait = base::jittered(options_.audit_every);
        co_await runtime::pause(wait);
        const auto turn = co_await take_turn(account);
        if (turn.has_error() || !*turn) continue;
        const auto pages = co_await pages_of_a_walk(account);
        if (pages.has_error()) {
            log_failure("the audit broke off", account, pages.error());
            continue;
        }
        const auto span = span_of_run("audit", account);
        co_await audit_invoices(account, *pages);
        co_await audit_money(account, *pages);
    }
}

asio::awaitable<void> BackgroundRepairs::audit_invoices(const std::string& account, int pages) {
    reconcile::AuditOptions options;
    options.account = account;
    const auto report = co_await reconcile::audit(services_, options);
    take_report(account, "invoices that are not final", report);
    const auto walked = co_await reconcile::walk_invoices(services_, options, pages);
    take_report(account, "a part of all invoices", walked);
}

asio::awaitable<void> BackgroundRepairs::audit_money(const std::string& account, int pages) {
    reconcile::MoneyOptions recent;
    recent.account = account;
    recent.from = base::unix_now() - kRecentSeconds;
    const auto report = co_await reconcile::audit_money(services_, recent);
    take_report(account, "recent refunds and disputes", report);
    reconcile::MoneyWalk walk;
    walk.options.account = account;
    walk.pages = pages;
    const auto walked = co_await reconcile::walk_money(services_, walk);
    take_report(account, "a part of all refunds and disputes", walked);
}

reconcile::Answer<int> BackgroundRepairs::pages_of_a_walk(const std::string& account) {
    v1::ListInvoicesRequest request;
    request.mutable_filter()->set_account(account);
    request.set_page_size(1);
    request.set_with_total(true);
    const auto invoices = co_await services_.store.list_invoices(request);
    if (invoices.has_error()) co_return invoices.error();
    const auto audits = std::max<std::int64_t>(1, std::chrono::seconds(options_.walk_time) / options_.audit_every);
    const auto pages = (invoices->total_size() + kWalkPage - 1) / kWalkPage;
    co_return static_cast<int>(std::clamp<std::int64_t>((pages + audits - 1) / audits, 1, kMostWalkPages));
}

void BackgroundRepairs::take_report(const std::string& account, const char* what,
                                    const rpc::Result<reconcile::AuditReport>& report) {
    if (report.has_error()) return log_failure("the audit broke off", account, report.error());
    const runtime::Metrics::Labels labels{{"account", account}};
    metrics_.counter("quittance_audit_compared_total", kCompared, labels)
        .increment(static_cast<double>(report->compared));
    metrics_.counter("quittance_audit_drifted_total", kDrifted, labels).increment(static_cast<double>(report->drifted));
    metrics_.counter("quittance_audit_unrepaired_total", kUnrepaired, labels)
        .increment(static_cast<double>(report->unrepaired + report->not_found));
    for (const auto& drift : report->drifts) log_drift(account, drift);
    runtime::log_info("audited", {{"account", account},
                                  {"what", what},
                                  {"compared", report->compared},
                                  {"drifted", report->drifted},
                                  {"repaired", report->repaired},
                                  {"unrepaired", report->unrepaired},
                                  {"not_found", report->not_found}});
}

void BackgroundRepairs::take_report(const std::string& account, const char* what,
                                    const rpc::Result<reconcile::MoneyReport>& report) {
    if (report.has_error()) return log_failure("the audit broke off", account, report.error());
    const runtime::Metrics::Labels labels{{"account", account}};
    const auto unrepaired = report->drifted - report->repaired;
    metrics_.counter("quittance_audit_compared_total", kCompared, labels)
        .increment(static_cast<double>(report->compared));
    metrics_.counter("quittance_audit_drifted_total", kDrifted, labels).increment(static_cast<double>(report->drifted));
    metrics_.counter("quittance_audit_unrepaired_total", kUnrepaired, labels)
        .increment(static_cast<double>(unrepaired));
    for (const auto& drift : report->drifts)
        runtime::log_error("a refund or dispute differed from Stripe", {{"account", account},
                                                                        {"object", drift.object_id},
                                                                        {"in_store", drift.in_store},
                                                                        {"at_stripe", drift.at_stripe},
                                                                        {"repaired", drift.repaired}});
    runtime::log_info("audited", {{"account", account},
                                  {"what", what},
                                  {"compared", report->compared},
                                  {"drifted", report->drifted},
                                  {"repaired", report->repaired},
                                  {"unrepaired", unrepaired}});
}

reconcile::Answer<bool> BackgroundRepairs::take_turn(const std::string& account) {
    const auto name = "audit/" + account;
    const auto cursor = co_await reconcile::get_cursor(services_.store, name);
    if (cursor.has_error()) co_return cursor.error();
    const auto now = base::unix_now();
    const auto last = cursor->has_move_time() ? cursor->move_time().seconds() : 0;
    if (now - last < options_.audit_every.count() / 2) co_return false;
    const auto value = std::to_string(now);
    const auto moved = co_await reconcile::move_cursor(services_.store, name, cursor->value(), value);
    if (!moved.has_error()) co_return true;
    if (moved.error().error_code() == grpc::StatusCode::ABORTED) co_return false;
    co_return moved.error();
}

}  // namespace quittance::webhook_ingester
