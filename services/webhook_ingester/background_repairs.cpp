#include "webhook_ingester/background_repairs.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <random>
#include <utility>

#include "base/jitter.hpp"
#include "base/timestamps.hpp"
#include "reconcile/audit.hpp"
#include "reconcile/events.hpp"
#include "runtime/log.hpp"

namespace quittance::webhook_ingester {
namespace {

namespace asio = boost::asio;

constexpr int kLeftoversPage = 100;

Followup invoice_of(std::string account, std::string stripe_invoice_id) {
    Followup followup;
    followup.account = std::move(account);
    followup.stripe_invoice_id = std::move(stripe_invoice_id);
    return followup;
}

}  // namespace

struct Repairs::State : std::enable_shared_from_this<Repairs::State> {
    State(asio::io_context& its_loop, const rpc::ChannelOptions& store_options,
          const rpc::ChannelOptions& gateway_options, RepairOptions its_options, runtime::Metrics& all_metrics)
        : loop(its_loop),
          options(std::move(its_options)),
          metrics(all_metrics),
          clients(std::make_shared<Clients>(store_options, gateway_options, all_metrics)),
          store(clients->store),
          gateway(clients->gateway),
          followups(std::make_shared<Followups>(loop, clients, all_metrics)),
          waiting(metrics.gauge("quittance_refetches_waiting", "Invoices that Stripe is still to be asked for.")) {}

    // What an event left open and nobody answered: the process that took it was stopped, or Stripe was away.
    static asio::awaitable<void> look_for_leftovers(std::shared_ptr<State> self) {
        v1::ListRefetchesRequest request;
        request.set_page_size(kLeftoversPage);
        request.set_waited_ms(self->options.leftovers_after.count());
        for (;;) {
            const auto wait = base::jittered(self->options.leftovers_every);
            co_await reconcile::pause(wait);
            const auto leftovers = co_await self->store.list_refetches(request);
            if (leftovers.has_error()) {
                runtime::log_warn("the store does not tell which invoices are left open",
                                  {{"code", rpc::code_name(leftovers.error().error_code())}});
                continue;
            }
            self->waiting.Set(static_cast<double>(leftovers->total_size()));
            for (const auto& left : leftovers->refetches())
                self->followups->add(invoice_of(left.account(), left.stripe_invoice_id()));
        }
    }

    static asio::awaitable<void> follow_events(std::shared_ptr<State> self, std::string account) {
        const runtime::Metrics::Labels labels{{"account", account}};
        auto& found = self->metrics.counter("quittance_reconciled_events_total",
                                            "Events that no webhook had brought, found in Stripe's list.", labels);
        auto& age = self->metrics.gauge("quittance_reconcile_age_seconds",
                                        "Since Stripe's list of events was last read to its end.", labels);
        const auto last = std::make_shared<std::atomic<std::int64_t>>(base::unix_now());
        self->metrics.before_scrape([&age, last] { age.Set(static_cast<double>(base::unix_now() - last->load())); });
        reconcile::FollowOptions options;
        options.account = account;
        options.overlap = self->options.reconcile_overlap;
        options.settle = self->options.reconcile_settle;
        // The first run comes soon: what was missed while no ingester ran is what it is for.
        auto wait =
            base::jittered(std::min<std::chrono::milliseconds>(std::chrono::seconds(2), self->options.reconcile_every));
        for (;;) {
            co_await reconcile::pause(wait);
            wait = base::jittered(self->options.reconcile_every);
            const auto report = co_await reconcile::follow_events(self->store, self->gateway, options);
            if (report.has_error()) {
                runtime::log_warn("Stripe's events could not be read",
                                  {{"account", account},
                                   {"code", rpc::code_name(report.error().error_code())},
                                   {"reason", report.error().error_message()}});
                continue;
            }
            last->store(base::unix_now());
            self->take(account, *report, found);
        }
    }

    void take(const std::string& account, const reconcile::EventsReport& report, prometheus::Counter& found) {
        found.Increment(static_cast<double>(report.missing));
        for (const auto& id : report.delivered.refetches) followups->add(invoice_of(account, id));
        for (const auto& event : report.delivered.unresolved) {
            Followup followup;
            followup.account = account;
            followup.payment = event;
            followups->add(std::move(followup));
        }
        if (report.unseen_since > 0)
            runtime::log_error(
                "Stripe keeps no events any more of a time that nobody followed: run quittancectl backfill",
                {{"account", account}, {"from_unix", report.unseen_since}, {"to_unix", report.from}});
        if (report.missing > 0)
            runtime::log_warn("events that no webhook had brought were found",
                              {{"account", account}, {"events", report.missing}, {"listed", report.listed}});
    }

    // True where this replica is the one to audit now.
    reconcile::Answer<bool> take_turn(const std::string& account) {
        const auto name = "audit/" + account;
        const auto cursor = co_await store.get_cursor(name);
        if (cursor.has_error()) co_return cursor.error();
        const auto now = base::unix_now();
        const auto last = cursor->has_move_time() ? cursor->move_time().seconds() : 0;
        if (now - last < options.audit_every.count() / 2) co_return false;
        const auto value = std::to_string(now);
        const auto moved = co_await store.move_cursor(name, cursor->value(), value);
        if (!moved.has_error()) co_return true;
        if (moved.error().error_code() == grpc::StatusCode::ABORTED) co_return false;
        co_return moved.error();
    }

    static asio::awaitable<void> audit(std::shared_ptr<State> self, std::string account) {
        const runtime::Metrics::Labels labels{{"account", account}};
        auto& drifted = self->metrics.counter("quittance_audit_drifted_total",
                                              "Invoices that the store had otherwise than Stripe.", labels);
        auto& compared =
            self->metrics.counter("quittance_audit_compared_total", "Invoices compared with Stripe.", labels);
        reconcile::AuditOptions options;
        options.account = account;
        for (;;) {
            const auto wait = base::jittered(self->options.audit_every);
            co_await reconcile::pause(wait);
            const auto turn = co_await self->take_turn(account);
            if (turn.has_error() || !*turn) continue;
            const auto report = co_await reconcile::audit(self->store, self->gateway, options);
            if (report.has_error()) {
                runtime::log_warn("the audit broke off", {{"account", account},
                                                          {"code", rpc::code_name(report.error().error_code())},
                                                          {"reason", report.error().error_message()}});
                continue;
            }
            compared.Increment(static_cast<double>(report->compared));
            drifted.Increment(static_cast<double>(report->drifted));
            for (const auto& drift : report->drifts) log_drift(account, drift);
            runtime::log_info("audited", {{"account", account},
                                          {"compared", report->compared},
                                          {"drifted", report->drifted},
                                          {"repaired", report->repaired}});
        }
    }

    // Names of fields alone: their contents are the customer's.
    static void log_drift(const std::string& account, const reconcile::Drift& drift) {
        std::string fields = drift.missing ? "all" : "";
        for (const auto& field : drift.fields) fields += (fields.empty() ? "" : " ") + field.field;
        runtime::log_error("an invoice stood otherwise than at Stripe", {{"account", account},
                                                                         {"invoice", drift.stripe_invoice_id},
                                                                         {"fields", fields},
                                                                         {"repaired", drift.repaired}});
    }

    asio::io_context& loop;
    const RepairOptions options;
    runtime::Metrics& metrics;
    const std::shared_ptr<Clients> clients;
    reconcile::StoreClient& store;
    reconcile::GatewayClient& gateway;
    const std::shared_ptr<Followups> followups;
    prometheus::Gauge& waiting;
};

Repairs::Repairs(asio::io_context& loop, const rpc::ChannelOptions& store, const rpc::ChannelOptions& gateway,
                 RepairOptions options, runtime::Metrics& metrics)
    : state_(std::make_shared<State>(loop, store, gateway, std::move(options), metrics)) {}

Repairs::~Repairs() = default;

void Repairs::start() {
    asio::co_spawn(state_->loop, State::look_for_leftovers(state_), asio::detached);
    for (const auto& account : state_->options.accounts) {
        if (state_->options.reconcile_every.count() > 0)
            asio::co_spawn(state_->loop, State::follow_events(state_, account), asio::detached);
        if (state_->options.audit_every.count() > 0)
            asio::co_spawn(state_->loop, State::audit(state_, account), asio::detached);
    }
}

void Repairs::follow_up(Followup followup) {
    state_->followups->add(std::move(followup));
}

}  // namespace quittance::webhook_ingester
