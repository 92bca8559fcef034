// events list | show | replay | discard: the inbox.
#include <iostream>
#include <utility>

#include "base/timestamps.hpp"
#include "quittancectl/command_line.hpp"
#include "quittancectl/read_events.hpp"
#include "quittancectl/time_argument.hpp"
#include "rpc/batch_limits.hpp"

namespace quittance::quittancectl {
namespace {

namespace asio = boost::asio;

struct ListOptions {
    std::string state;
    std::string invoice;
    std::string type;
    std::string since;
    int limit = 50;
};

struct NameOptions {
    std::vector<std::string> ids;
    bool live = false;
    bool all_dead = false;
    std::string reason;
};

v1::ListEventsRequest request_of(const ListOptions& options) {
    v1::ListEventsRequest request;
    request.set_state(options.state);
    request.set_invoice_id(options.invoice);
    request.set_type(options.type);
    if (!options.since.empty())
        request.mutable_received_from()->set_seconds(*parse_time(options.since, base::unix_now()));
    return request;
}

asio::awaitable<ExitCode> list(Services& services, const ListOptions& options, bool json) {
    const auto request = request_of(options);
    const auto events = co_await read_events(services, request, static_cast<std::size_t>(options.limit));
    if (events.has_error()) co_return report(events.error());
    if (json) {
        for (const auto& event : *events) std::cout << json_of(event) << "\n";
        co_return kDone;
    }
    Table table({"EVENT", "TYPE", "STATE", "HAPPENED", "RECEIVED", "TRIES", "OBJECT", "ERROR"});
    for (const auto& event : *events)
        table.add({event.event_id(), event.type(), event.state(), shown(event.event_time()),
                   shown(event.receive_time()), std::to_string(event.attempts()), event.object_id(),
                   event.last_error()});
    table.print(std::cout);
    co_return kDone;
}

asio::awaitable<ExitCode> show(Services& services, const std::string& id, const CommandLine& line) {
    v1::GetEventRequest request;
    request.mutable_name()->set_event_id(id);
    request.mutable_name()->set_account(line.account);
    // An id belongs to one mode, which is not known here: try both.
    for (const bool live : {true, false}) {
        request.mutable_name()->set_livemode(live);
        const auto event = co_await services.store.get_event(request);
        if (event.has_error() && event.error().error_code() == grpc::StatusCode::NOT_FOUND && live) continue;
        if (event.has_error()) co_return report(event.error());
        if (line.json) {
            std::cout << json_of(*event) << "\n";
            co_return kDone;
        }
        Table table({"FIELD", "VALUE"});
        table.add({"event", event->event_id()});
        table.add({"account", event->account() + (event->livemode() ? " (live)" : " (test)")});
        table.add({"type", event->type()});
        table.add({"object", event->object_id()});
        table.add({"invoice", event->invoice_id()});
        table.add({"state", event->state()});
        table.add({"tries", std::to_string(event->attempts())});
        table.add({"error", event->last_error()});
        table.add({"source", v1::InvoiceEvent::Source_Name(event->source())});
        table.add({"happened", shown(event->event_time())});
        table.add({"received", shown(event->receive_time())});
        table.add({"applied", shown(event->apply_time())});
        table.add({"api version", event->api_version()});
        table.add({"request", event->request_id()});
        table.print(std::cout);
        std::cout << "\n" << event->payload() << "\n";
        co_return kDone;
    }
    co_return kNotFound;
}

v1::EventName name_of(const v1::InboxEvent& event) {
    v1::EventName name;
    name.set_event_id(event.event_id());
    name.set_account(event.account());
    name.set_livemode(event.livemode());
    return name;
}

// The events of the command line, or all dead events of the account.
reconcile::Answer<std::vector<v1::EventName>> names_of(Services& services, const NameOptions& options,
                                                       const std::string& account) {
    std::vector<v1::EventName> names;
    for (const auto& id : options.ids) {
        auto& name = names.emplace_back();
        name.set_event_id(id);
        name.set_account(account);
        name.set_livemode(options.live);
    }
    if (!options.all_dead) co_return names;
    constexpr std::size_t kMost = 1'000'000;
    v1::ListEventsRequest request;
    request.set_state("dead");
    const auto dead = co_await read_events(services, request, kMost);
    if (dead.has_error()) co_return dead.error();
    for (const auto& event : *dead)
        if (event.account() == account) names.push_back(name_of(event));
    co_return names;
}

void print_outcome(const v1::EventName& name, const v1::EventOutcome& outcome, bool json, Table& table) {
    if (json)
        std::cout << R"({"event_id":")" << name.event_id() << R"(","outcome":)" << json_of(outcome) << "}\n";
    else
        table.add({name.event_id(), v1::EventOutcome::State_Name(outcome.state()), outcome.detail()});
}

asio::awaitable<ExitCode> replay(Services& services, const NameOptions& options, const CommandLine& line) {
    const auto names = co_await names_of(services, options, line.account);
    if (names.has_error()) co_return report(names.error());
    Table table({"EVENT", "OUTCOME", "WHY"});
    bool all_applied = true;
    for (std::size_t start = 0; start < names->size(); start += rpc::kBatchItems) {
        v1::ReplayEventsRequest request;
        for (auto i = start; i < std::min(start + rpc::kBatchItems, names->size()); ++i)
            *request.add_names() = (*names)[i];
        const auto answer = co_await services.store.replay_events(request);
        if (answer.has_error()) co_return report(answer.error());
        for (int i = 0; i < answer->outcomes_size(); ++i) {
            const auto& outcome = answer->outcomes(i);
            all_applied =
                all_applied && outcome.state() != v1::EventOutcome::DEAD && outcome.state() != v1::EventOutcome::RETRY;
            print_outcome(request.names(i), outcome, line.json, table);
        }
    }
    if (!line.json) table.print(std::cout);
    co_return all_applied ? kDone : kFound;
}

asio::awaitable<ExitCode> discard(Services& services, const NameOptions& options, const CommandLine& line) {
    const auto names = co_await names_of(services, options, line.account);
    if (names.has_error()) co_return report(names.error());
    for (std::size_t start = 0; start < names->size(); start += rpc::kBatchItems) {
        v1::DiscardEventsRequest request;
        request.set_reason(options.reason);
        for (auto i = start; i < std::min(start + rpc::kBatchItems, names->size()); ++i)
            *request.add_names() = (*names)[i];
        const auto answer = co_await services.store.discard_events(request);
        if (answer.has_error()) co_return report(answer.error());
    }
    if (!line.json) std::cout << names->size() << " discarded\n";
    co_return kDone;
}

void add_names(CLI::App& command, NameOptions& options) {
    command.add_option("ids", options.ids, "Ids of events: evt_...");
    command.add_flag("--live", options.live, "The ids are events of live mode, not of test mode");
}

void need_names(CLI::App& command, const NameOptions& options) {
    command.parse_complete_callback([&options, &command] {
        if (options.ids.empty() && !options.all_dead)
            throw CLI::ValidationError(command.get_name(), "needs ids of events, or --all-dead");
    });
}

}  // namespace

void add_events_commands(CLI::App& app, CommandLine& line) {
    auto* events = app.add_subcommand("events", "The inbox: every event that the store received");
    events->require_subcommand(1);

    auto listing = std::make_shared<ListOptions>();
    auto* list_command = events->add_subcommand("list", "Lists events, newest first");
    list_command->add_option("--state", listing->state, "applied, ignored, stale, needs_refetch or dead")
        ->check(CLI::IsMember({"applied", "ignored", "stale", "needs_refetch", "dead"}));
    list_command->add_option("--invoice", listing->invoice, "Events of this invoice: our id or Stripe's");
    list_command->add_option("--type", listing->type, "Events of this type: invoice.paid");
    list_command->add_option("--since", listing->since, "Events received since then: 24h, 2026-11-22, ...")
        ->check(time_rule());
    list_command->add_option("--limit", listing->limit, "Maximum number of events")
        ->check(CLI::Range(1, 100'000))
        ->capture_default_str();
    set_command(*list_command, line,
                [&line, listing](Services& services) { return list(services, *listing, line.json); });

    auto id = std::make_shared<std::string>();
    auto* show_command = events->add_subcommand("show", "Shows one event with its payload");
    show_command->add_option("id", *id, "evt_...")->required();
    set_command(*show_command, line, [&line, id](Services& services) { return show(services, *id, line); });

    auto replaying = std::make_shared<NameOptions>();
    auto* replay_command =
        events->add_subcommand("replay", "Applies events again from their payloads; exit code 3 if one is still dead");
    add_names(*replay_command, *replaying);
    replay_command->add_flag("--all-dead", replaying->all_dead, "Every dead event of the account");
    need_names(*replay_command, *replaying);
    set_command(*replay_command, line,
                [&line, replaying](Services& services) { return replay(services, *replaying, line); });

    auto discarding = std::make_shared<NameOptions>();
    auto* discard_command = events->add_subcommand("discard", "Closes dead events as ignored");
    add_names(*discard_command, *discarding);
    discard_command->add_option("--reason", discarding->reason, "The reason, which is kept with the events")
        ->required();
    need_names(*discard_command, *discarding);
    set_command(*discard_command, line,
                [&line, discarding](Services& services) { return discard(services, *discarding, line); });
}

}  // namespace quittance::quittancectl
