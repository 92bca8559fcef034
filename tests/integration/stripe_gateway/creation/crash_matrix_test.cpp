// The crash matrix: the gateway's process is killed at every call of a creation, at three moments of each, and in the
// end there is one invoice or none: never two for a key, never an issued one with other lines or another sum, nothing
// pending on the customer, no draft that the sweep leaves. Each test prints its cells as a table.
//
//   before  the call never reaches Stripe
//   late    it takes effect only when the gateway is dead, and where the client repeats, while that request runs
//   after   it takes effect, its answer is lost with the gateway
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <future>
#include <iomanip>
#include <numeric>
#include <sstream>

#include "integration/stripe_gateway/fixture.hpp"
#include "rpc/client/client.hpp"
#include "support/patience.hpp"
#include "support/process.hpp"

namespace quittance::stripe_gateway::test {
namespace {

using grpc::StatusCode;
namespace json = boost::json;
using Collect = v1::CreateInvoiceRequest::Collect;

constexpr std::chrono::seconds kAllOld{-60};  // for the sweep: also what was made this second
constexpr int kLines = 60;                    // two calls that add lines

// A call of a creation, in the order in which they are made, and what a client that does not repeat ends with when the
// gateway dies without, and with its effect.
struct Step {
    const char* name;
    const char* method;
    const char* path;
    const char* key;
    const char* without;
    const char* with;
    int nth = 1;  // of the calls that fit
};

constexpr Step kStepsNow[] = {
    {"create", "POST", "/v1/invoices", "*:create", "nothing", "nothing"},
    {"lines 0-49", "POST", "*/add_lines", "*:lines:0", "nothing", "nothing"},
    {"lines 50-59", "POST", "*/add_lines", "*:lines:1", "nothing", "nothing"},
    {"read lines", "GET", "*/lines", "", "nothing", "nothing"},
    // Issued, and nobody was told: the sweep voids it.
    {"finalise", "POST", "*/finalize", "*:finalise", "nothing", "nothing"},
    {"pay", "POST", "*/pay", "*:pay", "nothing", "paid"},
    {"read again", "GET", "*/lines", "", "paid", "paid", 2},
};
// What is different where the card is declined: from the payment on.
constexpr Step kStepsDeclined[] = {
    {"pay", "POST", "*/pay", "*:pay", "nothing", "nothing"},
    {"read", "GET", "/v1/invoices/*", "", "nothing", "nothing"},
    {"answered", "POST", "/v1/invoices/*", "*:answered", "nothing", "open"},
    {"read again", "GET", "*/lines", "", "open", "open", 2},
};
constexpr Step kStepsLater[] = {
    {"create", "POST", "/v1/invoices", "*:create", "nothing", "nothing"},
    {"lines 0-49", "POST", "*/add_lines", "*:lines:0", "nothing", "nothing"},
    {"lines 50-59", "POST", "*/add_lines", "*:lines:1", "nothing", "nothing"},
    {"read lines", "GET", "*/lines", "", "nothing", "nothing"},
    {"release", "POST", "/v1/invoices/*", "*:release", "nothing", "draft"},
    {"read again", "GET", "*/lines", "", "draft", "draft", 2},
};

enum class Moment { kBefore, kLate, kAfter };
constexpr std::pair<Moment, const char*> kMoments[] = {
    {Moment::kBefore, "before"}, {Moment::kLate, "late"}, {Moment::kAfter, "after"}};

// What is created, and the state in which it ends.
struct Kind {
    const char* title;
    const char* complete;
    const char* card;
    Collect collect;
};
constexpr Kind kNow{"collect now", "paid", "pm_card_visa", v1::CreateInvoiceRequest::COLLECT_NOW};
constexpr Kind kLater{"collect later", "draft", "pm_card_visa", v1::CreateInvoiceRequest::COLLECT_LATER};
constexpr Kind kDeclined{"collect now, declined", "open", "pm_card_chargeCustomerFail",
                         v1::CreateInvoiceRequest::COLLECT_NOW};

// CHECKs what must hold whatever happened, and gives the state of the customer's invoice: "nothing", "open" …
std::string judged(const v1::CreateInvoiceRequest& request) {
    auto& emulator = Emulator::shared();
    const auto& customer = request.stripe_customer_id();
    const auto pending = emulator.call("GET", "/v1/invoiceitems", {{"customer", customer}, {"pending", true}});
    CHECK(pending.at("data").as_array().empty());
    const auto invoices = emulator.invoices_of(customer);
    if (invoices.empty()) return "nothing";
    const auto status = text_of(invoices[0], "status");
    const auto invoice = check_exactly_one(request, status);
    // A draft that the sweep left was promised to somebody, as was an open invoice.
    if (status == "open") CHECK(text_of(invoice.at("metadata").as_object(), "quittance_answered") == "true");
    if (status == "draft") CHECK(text_of(invoice.at("metadata").as_object(), "quittance_released") == "true");
    const auto& items = request.items();
    const auto sum =
        std::accumulate(items.begin(), items.end(), std::int64_t{0},
                        [](std::int64_t so_far, const auto& item) { return so_far + item.amount_minor(); });
    CHECK(invoice.at("total").as_int64() == sum);
    return status;
}

// A gateway's process with a creation under way.
class DoomedGateway {
  public:
    DoomedGateway() : program_({quittance::test::our_program("quittance-stripe-gateway"), {}, environment()}) {
        program_.wait_until_ready();
        channel_ = rpc::make_channel(
            {.address = program_.address("STRIPE_GATEWAY_LISTEN"), .transport = rpc::Transport::plaintext()});
        stub_ = v1::StripeGateway::NewStub(channel_);
    }

    std::future<grpc::Status> create(const v1::CreateInvoiceRequest& request) {
        return std::async(std::launch::async, [this, &request] {
            grpc::ClientContext context;
            context.set_deadline(std::chrono::system_clock::now() + kPatience);
            v1::StripeInvoice answer;
            return stub_->CreateInvoice(&context, request, &answer);
        });
    }

    void kill() { program_.kill(); }

  private:
    static std::map<std::string, std::string> environment() {
        return {{"STRIPE_API_BASE", Emulator::shared().url()},
                {"STRIPE_API_KEY", Emulator::api_key()},
                {"STRIPE_GATEWAY_LISTEN", "127.0.0.1:0"},
                {"METRICS_LISTEN", "127.0.0.1:0"},
                {"INVOICE_STORE_ADDRESS", ""},
                {"SWEEP", "false"},
                {"LOG_LEVEL", "error"}};
    }

    quittance::test::Process program_;
    std::shared_ptr<grpc::Channel> channel_;
    std::unique_ptr<v1::StripeGateway::Stub> stub_;
};

// Until the repeated request has met the call that still hangs at Stripe; a read has no key to meet it by.
void wait_for_conflict(RunningGateway& gateway, const Step& step) {
    if (std::string_view(step.method) == "GET") return;
    REQUIRE(
        eventually([&] { return gateway.metrics_text().find("reason=\"conflict\"") != std::string::npos; }, kPatience));
}

// Kills a gateway at that step and gives what stands at Stripe in the end.
std::string killed_at(const Step& step, Moment moment, const Kind& kind, bool repeats) {
    auto& emulator = Emulator::shared();
    RunningGateway survivor({.attempts = 200});
    auto request = creation(emulator.customer(kind.card), many_amounts(kLines));
    request.set_collect(kind.collect);
    DoomedGateway doomed;
    emulator.behave();
    json::object rule{{"kind", "hold"}, {"method", step.method}, {"path", step.path}, {"nth", step.nth}};
    rule["when"] = moment == Moment::kAfter ? "after" : "before";
    if (*step.key != '\0') rule["idempotency_key"] = step.key;
    emulator.misbehave(std::move(rule));
    auto cut_off = doomed.create(request);
    REQUIRE(eventually([&] { return emulator.struck(); }, kPatience));
    doomed.kill();
    CHECK_FALSE(cut_off.get().ok());

    std::future<Outcome> repeated;
    const auto repeat = [&] {
        repeated = std::async(std::launch::async, [&] { return survivor.create(request, kPatience); });
    };
    if (repeats && moment == Moment::kLate) {
        repeat();
        wait_for_conflict(survivor, step);
    }
    emulator.release(moment == Moment::kBefore);
    if (repeats && !repeated.valid()) repeat();
    std::string id;
    if (repeats) {
        const auto outcome = repeated.get();
        INFO(outcome.code << " " << outcome.message << " " << outcome.detail.ShortDebugString());
        REQUIRE(outcome.ok());
        id = outcome.answer.invoice().stripe_invoice_id();
    }
    emulator.behave();
    survivor.sweep(kAllOld);
    auto state = judged(request);
    // Whoever comes back at last gets the one invoice.
    const auto last = survivor.create(request, kPatience);
    INFO(last.code << " " << last.message);
    REQUIRE(last.ok());
    if (repeats) CHECK(last.answer.invoice().stripe_invoice_id() == id);
    CHECK(judged(request) == kind.complete);
    // And keeps it: what was answered is not abandoned.
    survivor.sweep(kAllOld);
    CHECK(judged(request) == kind.complete);
    return state;
}

template <class Steps>
void run_matrix(const Steps& steps, const Kind& kind) {
    std::ostringstream table;
    table << "\nGateway killed, " << kind.title << ", " << kLines << " lines: what stands at Stripe in the end\n"
          << std::left << std::setw(14) << "call" << std::setw(10) << "moment" << std::setw(20) << "client gives up"
          << "client repeats\n";
    for (const auto& step : steps) {
        for (const auto& [moment, word] : kMoments) {
            INFO(step.name << ", " << word);
            const auto alone = killed_at(step, moment, kind, false);
            CHECK(alone == (moment == Moment::kBefore ? step.without : step.with));
            const auto repeated = killed_at(step, moment, kind, true);
            CHECK(repeated == kind.complete);
            table << std::setw(14) << step.name << std::setw(10) << word << std::setw(20) << alone << repeated << "\n";
        }
    }
    Catch::cout() << table.str() << std::flush;
}

TEST_CASE("the gateway killed at every call of a creation that collects now") {
    run_matrix(kStepsNow, kNow);
}

TEST_CASE("the gateway killed at every call of a creation that collects later") {
    run_matrix(kStepsLater, kLater);
}

TEST_CASE("the gateway killed at the last calls of a creation whose card is declined") {
    run_matrix(kStepsDeclined, kDeclined);
}

// The matrix has every call: what a creation asks of Stripe, as Stripe saw it, are the steps in turn.
template <class Steps>
void check_all_calls(const Steps& steps, const Kind& kind) {
    auto& emulator = Emulator::shared();
    emulator.behave();
    RunningGateway gateway;
    auto request = creation(emulator.customer(kind.card), many_amounts(kLines));
    request.set_collect(kind.collect);
    REQUIRE(gateway.create(request).ok());
    const auto calls = emulator.newest_calls(static_cast<int>(std::size(steps)) + 1);
    REQUIRE(calls.size() == std::size(steps) + 1);
    // What went before: the test's own call, or the step before the first of these.
    const auto before = text_of(calls.back(), "path");
    CHECK((before.starts_with("/v1/customers/") || before.ends_with("/finalize")));
    for (std::size_t i = 0; i < std::size(steps); ++i) {
        const auto& step = steps[i];
        const auto& call = calls[std::size(steps) - 1 - i];
        INFO(step.name << ": " << json::serialize(call));
        CHECK(text_of(call, "method") == step.method);
        if (*step.key != '\0') CHECK(text_of(call, "idempotency_key").ends_with(step.key + 1));
    }
}

TEST_CASE("no call of a creation is missing in the matrix") {
    check_all_calls(kStepsNow, kNow);
    check_all_calls(kStepsLater, kLater);
    check_all_calls(kStepsDeclined, kDeclined);
}

// Through Node, which the whole-system tests need anyway; the settings come with the test from CTest.
TEST_CASE("every object that the matrix left is what the official SDK and Stripe's schemas expect") {
    const auto* node = std::getenv("QUITTANCE_NODE");         // NOLINT(concurrency-mt-unsafe): nobody sets it
    const auto* view = std::getenv("QUITTANCE_STRIPE_VIEW");  // NOLINT(concurrency-mt-unsafe)
    if (node == nullptr || view == nullptr) {
        WARN("not looked at: QUITTANCE_NODE and QUITTANCE_STRIPE_VIEW are not set");
        return;
    }
    Emulator::shared().behave();
    quittance::test::Process viewer({node, {view, Emulator::shared().url(), Emulator::api_key()}, {}});
    const auto ended = viewer.wait(std::chrono::minutes(5));
    INFO(viewer.log());
    REQUIRE(ended);
    CHECK(ended->clean());
    Catch::cout() << "valid through the SDK: " << viewer.log() << std::flush;
}

}  // namespace
}  // namespace quittance::stripe_gateway::test
