// Every kind of trouble at every call of a creation, as one table: inside one request, or at the latest by repeating
// it, there is one invoice with exactly its lines and sum, and repeating it once more changes nothing.
#include <catch2/catch.hpp>
#include <iomanip>
#include <sstream>

#include "integration/stripe_gateway/fixture.hpp"
#include "support/long_form.hpp"

namespace quittance::stripe_gateway::test {
namespace {

namespace json = boost::json;
using Collect = v1::CreateInvoiceRequest::Collect;

constexpr int kLines = 60;  // two calls that add lines
constexpr int kMostRequests = 4;

// A try, and an answer that takes longer than that, as in production (a third of a minute and ten seconds for each
// cell) or to the scale of a test. Ten seconds are less than a real try: such an answer is waited for.
struct Scale {
    std::chrono::milliseconds try_time;
    std::int64_t slow_ms;
};

Scale scale() {
    if (quittance::test::long_form()) return {std::chrono::seconds(15), 10'000};
    return {std::chrono::milliseconds(700), 1'500};
}

struct Trouble {
    const char* name;
    json::object rule;
};

const std::vector<Trouble>& troubles() {
    static const std::vector<Trouble> kTroubles{
        {"dropped", {{"kind", "drop_after"}}},
        {"kept 500", {{"kind", "error_500_after"}}},
        {"kept 500, undone", {{"kind", "error_500_before"}}},
        {"lock_timeout", {{"kind", "lock_timeout_429"}, {"stored", true}}},
        {"429 storm", {{"kind", "rate_limit_429"}, {"count", 15}}},
        // Longer than a try: the next one meets the key in use, and the answers come in another order than the calls.
        {"slow", {{"kind", "slow"}, {"ms", scale().slow_ms}, {"when", "before"}}},
        {"slow answer", {{"kind", "slow"}, {"ms", scale().slow_ms}, {"when", "after"}}},
    };
    return kTroubles;
}

struct Step {
    const char* name;
    const char* method;
    const char* path;
    const char* key;
};

constexpr Step kStepsNow[] = {
    {"create", "POST", "/v1/invoices", "*:create"},      {"lines 0-49", "POST", "*/add_lines", "*:lines:0"},
    {"lines 50-59", "POST", "*/add_lines", "*:lines:1"}, {"read lines", "GET", "*/lines", "*"},
    {"finalise", "POST", "*/finalize", "*:finalise"},    {"pay", "POST", "*/pay", "*:pay"},
};
constexpr Step kStepsLater[] = {
    {"create", "POST", "/v1/invoices", "*:create"},      {"lines 0-49", "POST", "*/add_lines", "*:lines:0"},
    {"lines 50-59", "POST", "*/add_lines", "*:lines:1"}, {"read lines", "GET", "*/lines", "*"},
    {"release", "POST", "/v1/invoices/*", "*:release"},
};

// Gives the invoice's state and how many requests it took: "paid 1".
std::string survived(const Step& step, const Trouble& trouble, Collect collect) {
    auto& emulator = Emulator::shared();
    // Under a gateway whose tries are short and few, so that a storm outlasts a request.
    RunningGateway gateway({.try_time = scale().try_time, .attempts = 12});
    auto request = creation(emulator.customer(), many_amounts(kLines));
    request.set_collect(collect);
    auto rule = trouble.rule;
    rule["method"] = step.method;
    rule["path"] = step.path;
    rule["idempotency_key"] = step.key;
    emulator.behave();
    emulator.misbehave(std::move(rule));
    int requests = 1;
    auto outcome = gateway.create(request);
    for (; !outcome.ok() && requests < kMostRequests; ++requests) outcome = gateway.create(request);
    CHECK(emulator.struck());
    emulator.behave();
    INFO(outcome.code << " " << outcome.message << " " << outcome.detail.ShortDebugString());
    REQUIRE(outcome.ok());
    const char* status = collect == v1::CreateInvoiceRequest::COLLECT_LATER ? "draft" : "paid";
    // A draft that Stripe made and told nobody of is deleted by the creation itself, and by the sweep at the latest.
    gateway.sweep(std::chrono::seconds(-60));
    const auto invoice = check_exactly_one(request, status);
    CHECK(text_of(invoice, "id") == outcome.answer.invoice().stripe_invoice_id());
    auto again = gateway.create(request);
    REQUIRE(again.ok());
    // A request whose own first try had no answer in its short time cannot tell whether it was the one that made it.
    for (int more = 0; !again.answer.replayed() && more < kMostRequests; ++more) again = gateway.create(request);
    REQUIRE(again.ok());
    CHECK(again.answer.replayed());
    check_exactly_one(request, status);
    return text_of(invoice, "status") + " " + std::to_string(requests);
}

template <class Steps>
void run_table(const Steps& steps, Collect collect, const char* title) {
    constexpr int kColumn = 18;
    std::ostringstream table;
    table << "\nTrouble at each call, " << title << ", " << kLines
          << " lines: the one invoice's state, and how many requests it took\n"
          << std::left << std::setw(kColumn) << "call";
    for (const auto& trouble : troubles()) table << std::setw(kColumn) << trouble.name;
    table << "\n";
    for (const auto& step : steps) {
        table << std::setw(kColumn) << step.name;
        for (const auto& trouble : troubles()) {
            INFO(step.name << ", " << trouble.name);
            table << std::setw(kColumn) << survived(step, trouble, collect);
        }
        table << "\n";
    }
    Catch::cout() << table.str() << std::flush;
}

TEST_CASE("trouble at every call of a creation that collects now") {
    run_table(kStepsNow, v1::CreateInvoiceRequest::COLLECT_NOW, "collect now");
}

TEST_CASE("trouble at every call of a creation that collects later") {
    run_table(kStepsLater, v1::CreateInvoiceRequest::COLLECT_LATER, "collect later");
}

}  // namespace
}  // namespace quittance::stripe_gateway::test
