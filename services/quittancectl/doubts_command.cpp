// doubts list | ask: the invoices that Stripe has to be asked about.
#include <iostream>

#include "quittancectl/command_line.hpp"
#include "reconcile/refetch.hpp"

namespace quittance::quittancectl {
namespace {

namespace asio = boost::asio;

constexpr int kMostListed = 100;

v1::ListRefetchesRequest all_of(const CommandLine& line) {
    v1::ListRefetchesRequest request;
    request.set_account(line.account);
    request.set_page_size(kMostListed);
    return request;
}

void print_rest(const v1::ListRefetchesResponse& doubts) {
    if (doubts.total_size() > doubts.refetches_size())
        std::cout << "and " << doubts.total_size() - doubts.refetches_size() << " more\n";
}

asio::awaitable<ExitCode> list(Services& services, const CommandLine& line) {
    const auto request = all_of(line);
    const auto doubts = co_await services.store.list_refetches(request);
    if (doubts.has_error()) co_return report(doubts.error());
    if (line.json) {
        for (const auto& doubt : doubts->refetches()) std::cout << json_of(doubt) << "\n";
    } else {
        Table table({"INVOICE", "REASON", "SINCE", "ASKED", "LAST RESULT", "FIELDS", "NEXT"});
        for (const auto& doubt : doubts->refetches())
            table.add({doubt.stripe_invoice_id(), doubt.reason(), shown(doubt.since()),
                       std::to_string(doubt.attempts()), doubt.last_result(), doubt.detail(),
                       shown(doubt.next_time())});
        table.print(std::cout);
        print_rest(*doubts);
    }
    co_return doubts->refetches().empty() ? kDone : kFound;
}

const char* word_of(reconcile::RefetchResult result) {
    switch (result) {
        case reconcile::RefetchResult::kNotFound:
            return "not found at Stripe";
        case reconcile::RefetchResult::kUnrepaired:
            return "still differs";
        case reconcile::RefetchResult::kDelivered:
            break;
    }
    return "answered";
}

asio::awaitable<ExitCode> ask(Services& services, const CommandLine& line) {
    const auto request = all_of(line);
    const auto doubts = co_await services.store.list_refetches(request);
    if (doubts.has_error()) co_return report(doubts.error());
    auto code = kDone;
    for (const auto& doubt : doubts->refetches()) {
        const auto refetched = co_await reconcile::refetch(services, doubt.account(), doubt.stripe_invoice_id(),
                                                           doubt.reason() == "unrepaired");
        if (refetched.has_error()) co_return report(refetched.error());
        if (refetched->result != reconcile::RefetchResult::kDelivered) code = kFound;
        std::cout << doubt.stripe_invoice_id() << "  " << word_of(refetched->result)
                  << (refetched->fields.empty() ? "" : ": ") << refetched->fields << "\n";
    }
    print_rest(*doubts);
    co_return code;
}

}  // namespace

void add_doubts_command(CLI::App& app, CommandLine& line) {
    auto* doubts = app.add_subcommand("doubts", "The invoices that Stripe has to be asked about, and why");
    doubts->require_subcommand(1);
    set_command(*doubts->add_subcommand("list", "Lists up to 100 of them, oldest first; exit code 3 if there are any"),
                line, [&line](Services& services) { return list(services, line); });
    set_command(*doubts->add_subcommand("ask", "Asks Stripe about them now; exit code 3 if one is still in doubt"),
                line, [&line](Services& services) { return ask(services, line); });
}

}  // namespace quittance::quittancectl
