#include "webhook_ingester/refetch_scheduler.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <utility>

#include "reconcile/events.hpp"
#include "reconcile/refetch.hpp"
#include "runtime/log.hpp"

namespace quittance::webhook_ingester {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kMostQueued = 10'000;
constexpr std::size_t kAtOnce = 4;   // questions to Stripe; the gateway's limits are everybody's
constexpr std::size_t kLooked = 64;  // at together
// Events carry whole seconds: an answer of the second of the event that asks would not settle anything.
constexpr std::chrono::milliseconds kSecondOver{1'200};

std::string key_of(const Followup& followup) {
    if (!followup.payment) return followup.account + "/" + followup.stripe_invoice_id;
    const auto& fact = followup.payment->payment_fact();
    return followup.account + "/" + fact.payment_intent_id() + "/" + fact.charge_id();
}

// Whether this row, which the store gave for its invoice, leaves nothing to be asked. Ids are Stripe's, so that a row
// of another account may have come.
bool settles(const v1::BatchGetInvoicesResponse::Result& row, const Followup& followup) {
    const auto& invoice = row.invoice();
    return row.has_invoice() && invoice.account() == followup.account && invoice.has_provenance() &&
           !invoice.provenance().refetch_needed() && invoice.lines_complete();
}

}  // namespace

std::optional<Followup> followup_of(const v1::InvoiceEvent& event, const v1::EventOutcome& outcome) {
    Followup followup;
    followup.account = event.account();
    followup.stripe_invoice_id = outcome.refetch_stripe_invoice_id();
    followup.shown_by_row = event.has_invoice();
    if (!followup.stripe_invoice_id.empty()) return followup;
    const auto& fact = event.payment_fact();
    const bool names_payment = !fact.payment_intent_id().empty() || !fact.charge_id().empty();
    if (outcome.state() != v1::EventOutcome::APPLIED || !fact.stripe_invoice_id().empty() || !names_payment)
        return std::nullopt;
    followup.payment.emplace(event);
    followup.payment->clear_payload();
    return followup;
}

Followups::Followups(asio::io_context& loop, std::shared_ptr<Clients> clients, runtime::Metrics& metrics)
    : loop_(loop),
      clients_(std::move(clients)),
      told_(metrics.counter("quittance_refetches_total", "Invoices that Stripe was asked for.", {{"result", "told"}})),
      failed_(
          metrics.counter("quittance_refetches_total", "Invoices that Stripe was asked for.", {{"result", "failed"}})),
      settled_(metrics.counter("quittance_refetches_spared_total",
                               "Invoices in doubt that a later event settled before Stripe was asked.")) {}

void Followups::add(Followup followup) {
    if (keys_.size() >= kMostQueued) return;
    const auto [place, fresh] = keys_.try_emplace(key_of(followup), followup.shown_by_row);
    place->second = place->second && followup.shown_by_row;
    if (!fresh) return;
    waiting_.push_back({std::move(followup), std::chrono::steady_clock::now() + kSecondOver});
    if (looking_) return;
    looking_ = true;
    asio::co_spawn(loop_, look(), asio::detached);
}

// Runs while anything waits.
asio::awaitable<void> Followups::look() {
    const auto self = shared_from_this();
    while (!waiting_.empty()) {
        const auto early = waiting_.front().not_before - std::chrono::steady_clock::now();
        if (early.count() > 0) {
            const auto wait = std::chrono::ceil<std::chrono::milliseconds>(early);
            co_await reconcile::pause(wait);
        }
        auto due = take_due();
        auto open = co_await still_open(std::move(due));
        for (auto& followup : open) asking_.push_back(std::move(followup));
        start_asking();
    }
    looking_ = false;
}

std::vector<Followup> Followups::take_due() {
    std::vector<Followup> due;
    const auto now = std::chrono::steady_clock::now();
    while (!waiting_.empty() && waiting_.front().not_before <= now && due.size() < kLooked) {
        due.push_back(std::move(waiting_.front().followup));
        waiting_.pop_front();
    }
    return due;
}

asio::awaitable<std::vector<Followup>> Followups::still_open(std::vector<Followup> due) {
    v1::BatchGetInvoicesRequest request;
    for (const auto& followup : due) {
        if (followup.payment) continue;
        auto& get = *request.add_requests();
        get.set_id(followup.stripe_invoice_id);
        get.set_view(v1::VIEW_FULL);
        get.set_read_after(reconcile::kLatest);
    }
    if (request.requests().empty()) co_return due;
    const auto rows = co_await clients_->store.batch_get(request);
    if (rows.has_error() || rows->results_size() != request.requests_size()) co_return due;
    std::vector<Followup> open;
    int row = 0;
    for (auto& followup : due) {
        const auto key = keys_.find(key_of(followup));
        const bool settled = !followup.payment && settles(rows->results(row++), followup);
        if (settled && key->second) {
            settled_.Increment();
            keys_.erase(key);
        } else {
            open.push_back(std::move(followup));
        }
    }
    co_return open;
}

void Followups::start_asking() {
    while (at_work_ < kAtOnce && !asking_.empty()) {
        auto next = std::move(asking_.front());
        asking_.pop_front();
        ++at_work_;
        asio::co_spawn(loop_, ask(std::move(next)), asio::detached);
    }
}

asio::awaitable<void> Followups::ask(Followup followup) {
    const auto self = shared_from_this();
    auto& [store, gateway] = *clients_;
    const auto result = followup.payment
                            ? co_await reconcile::resolve_payment(store, gateway, *followup.payment)
                            : co_await reconcile::refetch(store, gateway, followup.account, followup.stripe_invoice_id);
    if (result.has_error()) {
        failed_.Increment();
        runtime::log_warn("Stripe was not asked about an invoice",
                          {{"invoice", followup.stripe_invoice_id},
                           {"account", followup.account},
                           {"code", rpc::code_name(result.error().error_code())},
                           {"reason", result.error().error_message()}});
    } else {
        told_.Increment();
    }
    keys_.erase(key_of(followup));
    --at_work_;
    start_asking();
}

}  // namespace quittance::webhook_ingester
