// reconcile | audit | backfill: the ingester's repairs, run by hand and at once.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>

#include "base/timestamps.hpp"
#include "quittancectl/command_line.hpp"
#include "quittancectl/time_argument.hpp"
#include "reconcile/audit.hpp"
#include "reconcile/backfill.hpp"
#include "reconcile/events.hpp"
#include "reconcile/money_audit.hpp"
#include "reconcile/refetch.hpp"

namespace quittance::quittancectl {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

struct ReconcileOptions {
    std::string since = "24h";
    bool dry_run = false;
};

struct AuditCommandOptions {
    std::string since = "30d";
    bool dry_run = false;
};

struct BackfillCommandOptions {
    std::string from;
    std::string to;
    std::string slice = "1d";
    bool again = false;
};

std::string date(std::int64_t seconds) {
    google::protobuf::Timestamp time;
    time.set_seconds(seconds);
    return shown(time);
}

// Asks Stripe the questions that the events left. Returns how many of them failed.
asio::awaitable<int> ask_stripe(Services& services, const std::string& account,
                                const reconcile::DeliveryCount& delivered) {
    int failed = 0;
    for (const auto& id : delivered.refetches) {
        const auto result = co_await reconcile::refetch(services, account, id);
        if (result.has_error()) ++failed;
    }
    for (const auto& event : delivered.unresolved) {
        const auto result = co_await reconcile::resolve_payment(services, event);
        if (result.has_error()) ++failed;
    }
    co_return failed;
}

void print(const reconcile::EventsReport& done, bool dry_run, bool as_json) {
    if (as_json) {
        json::array examples(done.examples.begin(), done.examples.end());
        std::cout << json::serialize(json::object{{"from", done.from},
                                                  {"to", done.to},
                                                  {"listed", done.listed},
                                                  {"missing", done.missing},
                                                  {"dry_run", dry_run},
                                                  {"applied", done.delivered.applied},
                                                  {"stale", done.delivered.stale},
                                                  {"ignored", done.delivered.ignored},
                                                  {"dead", done.delivered.dead},
                                                  {"examples", std::move(examples)}})
                  << "\n";
        return;
    }
    std::cout << "Events at Stripe from " << date(done.from) << " to " << date(done.to) << ": " << done.listed << "\n"
              << "Not in the inbox" << (dry_run ? "" : " before") << ": " << done.missing << "\n";
    if (!dry_run)
        std::cout << "Applied " << done.delivered.applied << ", stale " << done.delivered.stale << ", ignored "
                  << done.delivered.ignored << ", dead " << done.delivered.dead << "\n";
    for (const auto& id : done.examples) std::cout << "  " << id << "\n";
}

asio::awaitable<ExitCode> reconcile_now(Services& services, const ReconcileOptions& options, const CommandLine& line) {
    reconcile::EventsRange range;
    range.account = line.account;
    range.to = base::unix_now() + 1;
    range.from = *parse_time(options.since, base::unix_now());
    range.dry_run = options.dry_run;
    const auto done = co_await reconcile::reconcile_events(services, range);
    if (done.has_error()) co_return report(done.error());
    print(*done, options.dry_run, line.json);
    const int failed = co_await ask_stripe(services, line.account, done->delivered);
    if (failed > 0) {
        std::cerr << "quittancectl: Stripe could not be asked about " << failed
                  << " invoices; the ingester will ask later\n";
        co_return kFailed;
    }
    co_return (options.dry_run && done->missing > 0) || done->delivered.dead > 0 ? kFound : kDone;
}

json::object json_of_drift(const reconcile::Drift& drift) {
    json::array fields;
    for (const auto& field : drift.fields)
        fields.push_back(
            json::object{{"field", field.field}, {"in_store", field.in_store}, {"at_stripe", field.at_stripe}});
    return {{"stripe_invoice_id", drift.stripe_invoice_id},
            {"missing", drift.missing},
            {"not_found", drift.not_found},
            {"repaired", drift.repaired},
            {"unrepaired_fields", drift.unrepaired_fields},
            {"fields", std::move(fields)}};
}

void print(const reconcile::AuditReport& done, bool as_json) {
    if (as_json) {
        for (const auto& drift : done.drifts) std::cout << json::serialize(json_of_drift(drift)) << "\n";
        std::cout << json::serialize(json::object{{"compared", done.compared},
                                                  {"drifted", done.drifted},
                                                  {"repaired", done.repaired},
                                                  {"unrepaired", done.unrepaired},
                                                  {"not_found", done.not_found}})
                  << "\n";
    } else {
        Table table({"INVOICE", "FIELD", "IN THE STORE", "AT STRIPE", "REPAIRED"});
        for (const auto& drift : done.drifts) {
            const auto* repaired = drift.repaired ? "yes" : "no";
            if (drift.missing) table.add({drift.stripe_invoice_id, "(all)", "missing", "present", repaired});
            if (drift.not_found) table.add({drift.stripe_invoice_id, "(all)", "present", "not found", repaired});
            for (const auto& field : drift.fields)
                table.add({drift.stripe_invoice_id, field.field, field.in_store, field.at_stripe, repaired});
        }
        if (table.rows() > 0) table.print(std::cout);
        std::cout << "Compared " << done.compared << " invoices that are not final: " << done.drifted
                  << " differed from Stripe, " << done.repaired << " repaired, " << done.unrepaired << " not repaired, "
                  << done.not_found << " not found at Stripe\n";
    }
}

void print(const reconcile::MoneyReport& done, bool as_json) {
    if (as_json) {
        for (const auto& drift : done.drifts)
            std::cout << json::serialize(json::object{{"object_id", drift.object_id},
                                                      {"in_store", drift.in_store},
                                                      {"at_stripe", drift.at_stripe},
                                                      {"repaired", drift.repaired}})
                      << "\n";
        std::cout << json::serialize(json::object{{"money_compared", done.compared},
                                                  {"money_drifted", done.drifted},
                                                  {"money_repaired", done.repaired}})
                  << "\n";
        return;
    }
    Table table({"REFUND OR DISPUTE", "IN THE STORE", "AT STRIPE", "REPAIRED"});
    for (const auto& drift : done.drifts)
        table.add({drift.object_id, drift.in_store, drift.at_stripe, drift.repaired ? "yes" : "no"});
    if (table.rows() > 0) table.print(std::cout);
    std::cout << "Compared " << done.compared << " refunds and disputes: " << done.drifted << " differed from Stripe, "
              << done.repaired << " repaired\n";
}

asio::awaitable<ExitCode> audit_now(Services& services, const AuditCommandOptions& chosen, const CommandLine& line) {
    reconcile::AuditOptions options;
    options.account = line.account;
    options.repair = !chosen.dry_run;
    reconcile::MoneyOptions money;
    money.account = line.account;
    money.from = *parse_time(chosen.since, base::unix_now());
    money.repair = options.repair;
    const auto done = co_await reconcile::audit(services, options);
    if (done.has_error()) co_return report(done.error());
    print(*done, line.json);
    const auto money_done = co_await reconcile::audit_money(services, money);
    if (money_done.has_error()) co_return report(money_done.error());
    print(*money_done, line.json);
    co_return done->drifted + money_done->drifted > 0 ? kFound : kDone;
}
void print(const reconcile::SliceResult& slice, bool as_json) {
    if (as_json)
        std::cout << json::serialize(json::object{{"from", slice.from},
                                                  {"to", slice.to},
                                                  {"skipped", slice.skipped},
                                                  {"listed", slice.listed},
                                                  {"added", slice.added},
                                                  {"changed", slice.changed},
                                                  {"money", slice.money},
                                                  {"error", slice.error}})
                  << "\n";
    else
        std::cout << date(slice.from) << "  "
                  << (slice.skipped ? "done by an earlier run"
                                    : "listed " + std::to_string(slice.listed) + ", added " +
                                          std::to_string(slice.added) + ", changed " + std::to_string(slice.changed) +
                                          ", refunds and disputes " + std::to_string(slice.money))
                  << (slice.error.empty() ? "" : ", failed: " + slice.error) << "\n";
    std::cout.flush();
}

asio::awaitable<ExitCode> backfill_now(Services& services, const BackfillCommandOptions& options,
                                       const CommandLine& line) {
    reconcile::BackfillOptions backfill;
    backfill.account = line.account;
    backfill.from = *parse_time(options.from, base::unix_now());
    backfill.to = options.to.empty() ? base::unix_now() + 1 : *parse_time(options.to, base::unix_now());
    backfill.slice_seconds = *parse_duration(options.slice);
    backfill.again = options.again;
    const std::function<void(const reconcile::SliceResult&)> report_slice =
        [&line](const reconcile::SliceResult& slice) { print(slice, line.json); };
    const auto done = co_await reconcile::backfill(services, backfill, report_slice);
    if (done.has_error()) co_return report(done.error());
    if (!line.json)
        std::cout << done->slices << " slices, " << done->skipped << " of them done before, " << done->failed
                  << " failed: listed " << done->listed << " invoices, added " << done->added << ", changed "
                  << done->changed << ", refunds and disputes " << done->money << "\n";
    co_return done->failed > 0 ? kFound : kDone;
}

}  // namespace

void add_repair_commands(CLI::App& app, CommandLine& line) {
    auto reconciling = std::make_shared<ReconcileOptions>();
    auto* reconcile_command = app.add_subcommand(
        "reconcile", "Reads Stripe's events (at most 30 days back) and applies those that are missing");
    reconcile_command->add_option("--since", reconciling->since, "Events since then: 24h, 2026-11-22, ...")
        ->check(time_rule())
        ->capture_default_str();
    reconcile_command->add_flag("--dry-run", reconciling->dry_run, "Only count; exit code 3 if an event is missing");
    set_command(*reconcile_command, line,
                [&line, reconciling](Services& services) { return reconcile_now(services, *reconciling, line); });

    auto auditing = std::make_shared<AuditCommandOptions>();
    auto* audit_command = app.add_subcommand(
        "audit", "Compares invoices that are not final, refunds and disputes with Stripe; exit code 3 if one differed");
    audit_command
        ->add_option("--since", auditing->since, "Refunds and disputes created since then: 30d, 2026-11-22, ...")
        ->check(time_rule())
        ->capture_default_str();
    audit_command->add_flag("--dry-run", auditing->dry_run, "Only compare; repair nothing");
    set_command(*audit_command, line,
                [&line, auditing](Services& services) { return audit_now(services, *auditing, line); });

    auto filling = std::make_shared<BackfillCommandOptions>();
    auto* backfill_command = app.add_subcommand("backfill",
                                                "Applies Stripe's invoices, refunds and disputes by creation time, "
                                                "slice by slice; may be interrupted and repeated");
    backfill_command->add_option("--from", filling->from, "First creation time: 2023-01-01, 400d, ...")
        ->check(time_rule())
        ->required();
    backfill_command->add_option("--to", filling->to, "Creation times before this; default: now")->check(time_rule());
    backfill_command->add_option("--slice", filling->slice, "Length of a slice, 1m to 366d")
        ->check(duration_rule())
        ->capture_default_str();
    backfill_command->add_flag("--again", filling->again, "Repeat slices that an earlier run has done");
    set_command(*backfill_command, line,
                [&line, filling](Services& services) { return backfill_now(services, *filling, line); });
}

}  // namespace quittance::quittancectl
