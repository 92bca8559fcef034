// GET /_emulator/state: shows the objects of the emulator to tests and people. `section` selects one list. `limit` and
// `offset` page it, newest first.
#include <array>
#include <boost/json/array.hpp>
#include <charconv>

#include "stripe_emulator/http/frontend.hpp"
#include "stripe_emulator/model/version.hpp"
#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kDefaultLimit = 100;
constexpr std::size_t kMostLimit = 10'000;

struct Window {
    std::size_t limit = kDefaultLimit;
    std::size_t offset = 0;
};

std::size_t number_or(const std::string& text, std::size_t otherwise) {
    std::size_t number = otherwise;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

std::string_view word_of(DeliveryState state) {
    constexpr std::array<std::string_view, 6> kWords{"waiting", "in_flight", "accepted", "given_up", "dropped", "lost"};
    return kWords.at(static_cast<std::size_t>(state));
}

json::object show(const Delivery& delivery, const Account& account) {
    const auto* event = account.events.find(delivery.event);
    return {{"id", delivery.id},
            {"event", delivery.event},
            {"type", event == nullptr ? json::value(nullptr) : json::value(event->type)},
            {"object", event == nullptr ? json::value(nullptr) : json::value(event->object_id)},
            {"endpoint", delivery.endpoint},
            {"state", word_of(delivery.state)},
            {"copy", !delivery.counted},
            {"attempts", delivery.attempts},
            {"due_ms", delivery.due_ms},
            {"last_status", delivery.last_status},
            {"last_problem", delivery.last_problem}};
}

json::object show(const LogLine& line) {
    return {{"request_id", line.request_id},
            {"method", line.method},
            {"path", line.path},
            {"idempotency_key", line.idempotency_key},
            {"status", line.status},
            {"replayed", line.replayed},
            {"fault", line.fault}};
}

// {"total": n, "data": […]} of the newest rows inside the window.
template <class Rows, class Show>
json::object page_of(const Rows& rows, const Window& window, Show&& show_row) {
    json::array data;
    const auto total = rows.size();
    for (auto i = window.offset; i < total && data.size() < window.limit; ++i)
        data.push_back(show_row(rows[total - 1 - i]));
    return {{"total", total}, {"data", std::move(data)}};
}

json::object section(const Account& account, const RequestPipeline& pipeline, std::string_view name,
                     const Window& window) {
    const auto shape = shape_of(account.settings.api_version);
    if (name == "invoices") {
        return page_of(account.invoices.rows(), window,
                       [&](const Invoice& row) { return render(account, row, shape); });
    }
    if (name == "customers") {
        return page_of(account.customers.rows(), window, [&](const Customer& row) { return render(account, row); });
    }
    if (name == "events") {
        return page_of(account.events.rows(), window,
                       [&](const Event& row) { return render_event_of_account(account, row); });
    }
    if (name == "charges") {
        return page_of(account.charges.rows(), window, [&](const Charge& row) { return render(account, row, shape); });
    }
    if (name == "payment_intents") {
        return page_of(account.payment_intents.rows(), window,
                       [&](const PaymentIntent& row) { return render(account, row, shape); });
    }
    if (name == "invoice_payments") {
        return page_of(account.invoice_payments.rows(), window,
                       [&](const InvoicePayment& row) { return render(account, row); });
    }
    if (name == "refunds") {
        return page_of(account.refunds.rows(), window, [&](const Refund& row) { return render(account, row); });
    }
    if (name == "disputes") {
        return page_of(account.disputes.rows(), window, [&](const Dispute& row) { return render(account, row); });
    }
    if (name == "credit_notes") {
        return page_of(account.credit_notes.rows(), window,
                       [&](const CreditNote& row) { return render(account, row, shape); });
    }
    if (name == "endpoints") {
        return page_of(account.endpoints.rows(), window,
                       [&](const WebhookEndpoint& row) { return render(account, row); });
    }
    if (name == "deliveries") {
        return page_of(account.deliveries.order(), window, [&](std::uint64_t id) {
            const auto* delivery = account.deliveries.peek(id);
            return delivery == nullptr ? json::object{{"id", id}} : show(*delivery, account);
        });
    }
    if (name == "requests") return page_of(pipeline.log(), window, [](const LogLine& line) { return show(line); });
    return {};
}

json::object counts(const Account& account) {
    std::size_t by_status[6] = {};
    for (const auto& invoice : account.invoices.rows()) ++by_status[static_cast<std::size_t>(invoice.status)];
    json::object statuses;
    for (std::size_t i = 0; i < 6; ++i) statuses[status_word(static_cast<InvoiceStatus>(i))] = by_status[i];
    return {{"customers", account.customers.size()},
            {"payment_methods", account.payment_methods.size()},
            {"invoices", account.invoices.size()},
            {"invoices_by_status", std::move(statuses)},
            {"items", account.items.size()},
            {"payment_intents", account.payment_intents.size()},
            {"invoice_payments", account.invoice_payments.size()},
            {"charges", account.charges.size()},
            {"refunds", account.refunds.size()},
            {"disputes", account.disputes.size()},
            {"credit_notes", account.credit_notes.size()},
            {"events", account.events.size()},
            {"endpoints", account.endpoints.size()}};
}

// Of all accounts.
json::object delivery_summary(const Accounts& accounts) {
    DeliveryStatistics statistics;
    std::size_t waiting = 0;
    std::size_t in_flight = 0;
    for (const auto& account : accounts.all()) {
        const auto& one = account->deliveries.statistics();
        statistics.attempts += one.attempts;
        statistics.accepted += one.accepted;
        statistics.failed += one.failed;
        statistics.given_up += one.given_up;
        statistics.dropped += one.dropped;
        statistics.lost += one.lost;
        statistics.duplicated += one.duplicated;
        waiting += account->deliveries.waiting();
        in_flight += account->deliveries.in_flight();
    }
    return {{"attempts", statistics.attempts}, {"accepted", statistics.accepted}, {"failed", statistics.failed},
            {"given_up", statistics.given_up}, {"dropped", statistics.dropped},   {"lost", statistics.lost},
            {"copies", statistics.duplicated}, {"pending", waiting + in_flight},  {"in_flight", in_flight}};
}

json::array account_list(const Accounts& accounts) {
    json::array list;
    for (const auto& account : accounts.all()) {
        list.push_back(json::object{{"id", account->settings.id}, {"livemode", account->settings.livemode}});
    }
    return list;
}

constexpr std::array<std::string_view, 12> kSections{"customers", "invoices",   "invoice_payments", "payment_intents",
                                                     "charges",   "refunds",    "disputes",         "credit_notes",
                                                     "events",    "deliveries", "endpoints",        "requests"};

}  // namespace

asio::awaitable<http::Response> Frontend::state(const http::Request& request) {
    std::vector<std::pair<std::string, std::string>> query;
    http::Response response;
    Window window;
    std::string wanted;
    if (http::parse_query(request.query, query)) {
        for (const auto& [name, value] : query) {
            if (name == "limit") window.limit = std::min(number_or(value, kDefaultLimit), kMostLimit);
            if (name == "offset") window.offset = number_or(value, 0);
            if (name == "section") wanted = value;
        }
    }
    const auto chosen = account_in(request);
    if (!chosen) {
        response.status = 404;
        response.body = pretty(json::object{{"error", chosen.error().error}}) + '\n';
        co_return response;
    }
    const auto& account = **chosen;
    json::object shown;
    if (!wanted.empty()) {
        shown = section(account, pipeline_, wanted, window);
        if (shown.empty()) {
            response.status = 404;
            shown =
                json::object{{"error", {{"message", "No such section: " + wanted}, {"type", "invalid_request_error"}}}};
        }
    } else {
        const auto now = clock_.now();
        shown = json::object{
            {"account", account.settings.id},
            {"livemode", account.settings.livemode},
            {"accounts", account_list(accounts_)},
            {"api_version", account.settings.api_version},
            {"clock", {{"unix_seconds", now.unix_seconds}, {"schedule_ms", now.schedule_ms}, {"rate", clock_.rate()}}},
            {"counts", counts(account)},
            {"delivery", delivery_summary(accounts_)},
            {"paused", pump_.paused()},
            {"holding", held_.size()},
            {"idempotency_keys", pipeline_.keys().size()}};
        for (const auto name : kSections) shown[name] = section(account, pipeline_, name, window);
    }
    response.body = pretty(shown) + '\n';
    co_return response;
}

}  // namespace quittance::stripe_emulator
