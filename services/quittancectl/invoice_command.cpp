// invoice show: an invoice in the store, and its story.
#include <iostream>
#include <utility>

#include "quittancectl/command_line.hpp"
#include "quittancectl/invoice_story.hpp"
#include "quittancectl/read_events.hpp"

namespace quittance::quittancectl {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kLongestHistory = 10'000;

std::string money(std::int64_t minor, const std::string& currency) {
    return std::to_string(minor) + " " + currency + " (minor units)";
}

// "card_declined (insufficient_funds) at 2023-11-06T15:07:28Z: Your card has insufficient funds."
std::string failure_text(const v1::PaymentError& error) {
    auto text = error.code();
    if (!error.decline_code().empty()) text += " (" + error.decline_code() + ")";
    text += " at " + shown(error.time());
    if (!error.message().empty()) text += ": " + error.message();
    return text;
}

void print(const v1::Invoice& invoice) {
    Table table({"FIELD", "VALUE"});
    const auto& currency = invoice.currency();
    table.add({"id", invoice.id()});
    table.add({"stripe id", invoice.stripe_invoice_id()});
    table.add({"account", invoice.account() + (invoice.livemode() ? " (live)" : " (test)")});
    table.add({"number", invoice.number()});
    table.add({"status", invoice.status()});
    table.add({"settlement", invoice.settlement()});
    table.add({"amount", money(invoice.amount_minor(), currency)});
    table.add({"due", money(invoice.amount_due_minor(), currency)});
    table.add({"paid", money(invoice.amount_paid_minor(), currency)});
    table.add({"refunded", money(invoice.amount_refunded_minor(), currency)});
    table.add({"customer", invoice.stripe_customer_id()});
    table.add({"team", invoice.team_id()});
    table.add({"user", invoice.user().id() + " " + invoice.user().name()});
    table.add({"attempts", std::to_string(invoice.attempt_count())});
    if (invoice.has_payment_error()) table.add({"payment error", failure_text(invoice.payment_error())});
    table.add({"lines", std::to_string(invoice.lines_size()) + (invoice.lines_complete() ? "" : ", incomplete")});
    table.add({"created", shown(invoice.create_time())});
    table.add({"updated", shown(invoice.update_time())});
    table.add({"last event", invoice.provenance().event_id()});
    table.add({"needs refetch", invoice.provenance().refetch_needed() ? "yes" : "no"});
    table.print(std::cout);
}

asio::awaitable<ExitCode> show(Services& services, const std::string& id, bool json) {
    v1::GetInvoiceRequest request;
    request.set_id(id);
    request.set_view(v1::VIEW_FULL);
    const auto invoice = co_await services.store.get_invoice(request);
    if (invoice.has_error()) co_return report(invoice.error());
    v1::ListEventsRequest list;
    list.set_invoice_id(invoice->id());
    const auto history = co_await read_events(services, list, kLongestHistory);
    if (history.has_error()) co_return report(history.error());
    if (json) {
        std::cout << R"({"invoice":)" << json_of(*invoice) << R"(,"events":[)";
        for (std::size_t i = 0; i < history->size(); ++i) std::cout << (i == 0 ? "" : ",") << json_of((*history)[i]);
        std::cout << "]}\n";
        co_return kDone;
    }
    print(*invoice);
    std::cout << "\n";
    const auto told = co_await print_story(services, *invoice, *history, std::cout);
    if (told.has_error()) co_return report(told.error());
    co_return kDone;
}

}  // namespace

void add_invoice_command(CLI::App& app, CommandLine& line) {
    auto* invoice = app.add_subcommand("invoice", "One invoice");
    invoice->require_subcommand(1);
    auto id = std::make_shared<std::string>();
    auto* show_command =
        invoice->add_subcommand("show", "The invoice and its story: how it was made, and what each event changed");
    show_command->add_option("id", *id, "Our id or Stripe's in_...")->required();
    set_command(*show_command, line, [&line, id](Services& services) { return show(services, *id, line.json); });
}

}  // namespace quittance::quittancectl
