#include "reconcile/money_audit.hpp"

#include <array>
#include <utility>

#include "base/timestamps.hpp"
#include "reconcile/delivery.hpp"
#include "reconcile/refetch.hpp"
#include "runtime/pause.hpp"

namespace quittance::reconcile {
namespace {

constexpr int kPageSize = 100;
constexpr int kMostPages = 100'000;

using List = rpc::AsyncReply<v1::ListStripePaymentFactsResponse> (clients::StripeGatewayClient::*)(
    const v1::ListStripePaymentFactsRequest&, const rpc::CallOptions&);

struct Kind {
    const char* name;  // in the cursor of a walk
    List list;
};
const std::array kKinds{Kind{"refunds", &clients::StripeGatewayClient::list_refunds},
                        Kind{"disputes", &clients::StripeGatewayClient::list_disputes}};

bool agree(const v1::PaymentFact& stored, const v1::PaymentFact& at_stripe) {
    return stored.kind() == at_stripe.kind() && stored.amount_minor() == at_stripe.amount_minor() &&
           stored.currency() == at_stripe.currency() && stored.status() == at_stripe.status();
}

std::string shown(const v1::PaymentFact& fact) {
    if (fact.kind() == v1::PaymentFact::KIND_UNSPECIFIED) return "missing";
    return fact.status() + " " + std::to_string(fact.amount_minor()) + " " + fact.currency();
}

using Events = std::vector<const v1::InvoiceEvent*>;

class MoneyAudit {
  public:
    MoneyAudit(clients::Services& services, const MoneyOptions& options) : services_(services), options_(options) {}

    // All pages of a list. `starting_after` is where the pages begin, and afterwards where they ended: empty at the end
    // of Stripe's list.
    Answer<bool> compare_list(List list, int pages, std::string& starting_after) {
        v1::ListStripePaymentFactsRequest request;
        request.set_account(options_.account);
        if (options_.from > 0) request.mutable_created_from()->set_seconds(options_.from);
        if (options_.to > 0) request.mutable_created_to()->set_seconds(options_.to);
        request.set_page_size(kPageSize);
        for (int n = 0; n < pages; ++n) {
            request.set_starting_after(starting_after);
            const auto page = co_await (services_.gateway.*list)(request, clients::kInBackground);
            if (page.has_error()) co_return page.error();
            const auto compared = co_await compare_page(*page);
            if (compared.has_error()) co_return compared.error();
            starting_after = page->has_more() ? page->last_object_id() : "";
            if (starting_after.empty()) co_return true;
        }
        co_return true;
    }

    MoneyReport take_report() { return std::move(report_); }

  private:
    Answer<bool> compare_page(const v1::ListStripePaymentFactsResponse& page) {
        report_.compared += page.events_size();
        Events events;
        for (const auto& event : page.events()) events.push_back(&event);
        const auto suspects = co_await differing(events);
        if (suspects.has_error()) co_return suspects.error();
        if (suspects->empty()) co_return true;
        co_await runtime::pause(options_.confirm_after);
        const auto drifted = co_await differing(*suspects);
        if (drifted.has_error()) co_return drifted.error();
        for (const auto* event : *drifted) {
            const auto repaired = co_await repair(*event);
            if (repaired.has_error()) co_return repaired.error();
        }
        co_return true;
    }

    Answer<v1::BatchGetPaymentFactsResponse> stored(const Events& events) {
        v1::BatchGetPaymentFactsRequest request;
        request.set_account(options_.account);
        request.set_livemode(events.front()->livemode());
        for (const auto* event : events) request.add_object_ids(event->payment_fact().object_id());
        const auto facts = co_await services_.store.batch_get_payment_facts(request);
        if (facts.has_error()) co_return facts.error();
        co_return *facts;
    }

    // Those that the store lacks or has otherwise.
    Answer<Events> differing(const Events& events) {
        Events found;
        if (events.empty()) co_return found;
        const auto facts = co_await stored(events);
        if (facts.has_error()) co_return facts.error();
        for (std::size_t i = 0; i < events.size() && static_cast<int>(i) < facts->facts_size(); ++i)
            if (!agree(facts->facts(static_cast<int>(i)), events[i]->payment_fact())) found.push_back(events[i]);
        co_return found;
    }

    Answer<bool> repair(const v1::InvoiceEvent& event) {
        const Events one{&event};
        const auto before = co_await stored(one);
        if (before.has_error()) co_return before.error();
        MoneyDrift drift{event.payment_fact().object_id(), shown(before->facts(0)), shown(event.payment_fact()), false};
        if (options_.repair) {
            std::vector<v1::InvoiceEvent> events{event};
            const auto delivered = co_await deliver(services_.store, std::move(events));
            if (delivered.has_error()) co_return delivered.error();
            for (const auto& unresolved : delivered->unresolved) {
                const auto resolved = co_await resolve_payment(services_, unresolved);
                if (resolved.has_error()) co_return resolved.error();
            }
            const auto still = co_await differing(one);
            if (still.has_error()) co_return still.error();
            // A newer statement that came meanwhile stands, and is no fault of the repair.
            drift.repaired = still->empty() || delivered->stale > 0;
        }
        ++report_.drifted;
        if (drift.repaired) ++report_.repaired;
        if (report_.drifts.size() < kMostMoneyDrifts) report_.drifts.push_back(std::move(drift));
        co_return true;
    }

    clients::Services& services_;
    const MoneyOptions& options_;
    MoneyReport report_;
};

}  // namespace

Answer<MoneyReport> audit_money(clients::Services& services, const MoneyOptions& options) {
    MoneyAudit audit(services, options);
    const auto asked_at = base::unix_now();
    for (const auto& kind : kKinds) {
        std::string starting_after;
        const auto compared = co_await audit.compare_list(kind.list, kMostPages, starting_after);
        if (compared.has_error()) co_return compared.error();
        if (!starting_after.empty())
            co_return rpc::make_status(grpc::StatusCode::RESOURCE_EXHAUSTED, "too many refunds or disputes",
                                       "audit_too_large");
    }
    if (options.repair && options.to == 0) {
        const auto noted = co_await note_money_asked(services.store, options.account, options.from, asked_at);
        if (noted.has_error()) co_return noted.error();
    }
    co_return audit.take_report();
}

Answer<bool> note_money_asked(clients::InvoiceStoreClient& store, const std::string& account, std::int64_t from,
                              std::int64_t asked_at) {
    const auto name = "settlements_" + std::to_string(from) + "_" + std::to_string(asked_at);
    std::vector<v1::InvoiceEvent> events;
    // An account's label has one mode. The other mode has no invoices, and the note touches none there.
    for (const bool livemode : {false, true}) {
        auto& event = events.emplace_back();
        event.set_event_id("asked_" + name);
        event.set_type("quittance.settlements_asked");
        event.set_account(account);
        event.set_livemode(livemode);
        event.mutable_event_time()->set_seconds(asked_at);
        event.set_object_id(name);
        event.set_source(v1::InvoiceEvent::SOURCE_REFETCH);
        auto& fact = *event.mutable_payment_fact();
        fact.set_kind(v1::PaymentFact::SETTLEMENT_ASKED);
        fact.set_object_id(name);
        fact.mutable_asked_from()->set_seconds(from);
    }
    const auto delivered = co_await deliver(store, std::move(events));
    if (delivered.has_error()) co_return delivered.error();
    co_return true;
}

Answer<MoneyReport> walk_money(clients::Services& services, const MoneyWalk& walk) {
    MoneyAudit audit(services, walk.options);
    for (const auto& kind : kKinds) {
        const auto name = std::string("audit-") + kind.name + "/" + walk.options.account;
        const auto cursor = co_await get_cursor(services.store, name);
        if (cursor.has_error()) co_return cursor.error();
        auto place = cursor->value();
        const auto compared = co_await audit.compare_list(kind.list, walk.pages, place);
        // The object that the walk had come to may be gone: then the walk begins again.
        if (compared.has_error() && place.empty()) co_return compared.error();
        if (compared.has_error()) place.clear();
        if (place == cursor->value()) continue;
        const auto moved = co_await move_cursor(services.store, name, cursor->value(), place);
        if (moved.has_error()) co_return moved.error();
    }
    co_return audit.take_report();
}

}  // namespace quittance::reconcile
