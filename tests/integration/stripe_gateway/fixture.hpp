// The gateway's real gRPC server in this process, the real emulator beside it, and the checks of both.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "quittance/v1/error.pb.h"
#include "quittance/v1/stripe_gateway.grpc.pb.h"
#include "stripe_gateway/stripe_api/circuit_breaker.hpp"
#include "stripe_gateway/stripe_api/rate_limiter.hpp"
#include "support/patience.hpp"

namespace quittance::stripe_gateway::test {

using quittance::test::eventually;
using quittance::test::kPatience;

struct Customer {
    std::string id;
    std::string payment_method;  // attached, its default
};

// The program quittance-stripe-emulator: one for all tests of this executable, or one more for a test of its own.
class Emulator {
  public:
    static Emulator& shared();
    // `api_version`: of the account, and so of its events.
    // `account`: its id; empty: the emulator's default.
    explicit Emulator(const std::string& api_version = "2023-10-16", const std::string& account = {});
    ~Emulator();

    const std::string& url() const;
    static std::string api_key();

    // A call of Stripe's API, as a bystander makes it. Throws std::runtime_error with Stripe's answer unless it is 2xx.
    // `connected`: the connected account that it is about.
    boost::json::object call(const std::string& method, const std::string& path,
                             const boost::json::object& parameters = {}, const std::string& connected = {});
    // Makes an account known that the API key reaches with Stripe-Account. `platform`: the emulator's account.
    void connect(const std::string& account, const std::string& platform);
    // Makes an account known that this API key belongs to.
    void add_account(const std::string& account, const std::string& key);
    // As call, without a judgement: the status.
    int status_of(const std::string& method, const std::string& path, const boost::json::object& parameters = {});

    // A new customer with one of Stripe's test cards: "pm_card_visa", "pm_card_chargeCustomerFail" …
    Customer customer(const std::string& card = "pm_card_visa");

    // From now on, once, unless `rule` says otherwise.
    void misbehave(boost::json::object rule);
    void behave();  // no faults any more
    // Whether a fault has struck since it was set.
    bool struck();
    // Lets what a "hold" keeps go on, or ends it where it is.
    void release(bool drop);
    // The calls of Stripe's API that it has seen last, newest first.
    std::vector<boost::json::object> newest_calls(int count);
    // What a restricted key (rk_test_…) may do from now on.
    void restrict(const std::string& key, boost::json::array permissions);
    // Forgets every idempotency key of a call that has ended, as Stripe may after a day.
    void forget_keys();

    // All invoices of the customer, whatever their status; deleted ones are not among them, nor those that the sweep
    // voided because nobody was told of them.
    std::vector<boost::json::object> invoices_of(const std::string& customer);
    // All lines, page by page.
    std::vector<boost::json::object> lines_of(const std::string& invoice);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

struct Outcome {
    grpc::StatusCode code = grpc::StatusCode::OK;
    std::string message;
    v1::ErrorDetail detail;
    v1::StripeInvoice answer;

    bool ok() const { return code == grpc::StatusCode::OK; }
    // Stripe's object, parsed.
    boost::json::object json() const;
};

struct OtherAccount {
    std::string label;
    std::string stripe_url;
};

struct RunningGatewayOptions {
    std::string stripe_url;  // empty: the shared emulator
    std::string api_key;     // empty: one that the emulator takes
    std::string api_version = "2023-10-16";
    std::string description;  // the deployment's defaults
    std::string footer;
    std::chrono::milliseconds try_time{15'000};
    int attempts = 12;
    std::vector<OtherAccount> others;  // accounts beside "default"
    // Out of the way of tests that let Stripe fail often, unless a test is about it.
    CircuitLimits circuit{.failures = 1'000'000, .longest_silence = std::chrono::hours(1)};
    RateLimits rate{0, 0};
};

class RunningGateway {
  public:
    explicit RunningGateway(RunningGatewayOptions options = {});
    ~RunningGateway();

    v1::StripeGateway::Stub& stub();
    const std::string& address() const;  // of its gRPC server

    Outcome create(const v1::CreateInvoiceRequest& request, std::chrono::milliseconds time = kPatience);
    Outcome retrieve(const std::string& invoice);
    Outcome pay(const std::string& invoice, const std::string& key, const std::string& payment_method = {});
    Outcome finalise(const std::string& invoice, const std::string& key);
    Outcome make_void(const std::string& invoice, const std::string& key);
    Outcome mark_uncollectible(const std::string& invoice, const std::string& key);
    Outcome send(const std::string& invoice, const std::string& key);

    // One run of the sweep over drafts older than that (negative: made up to so long from now).
    int sweep(std::chrono::seconds after);
    // As the operations port shows the account "default".
    std::string readiness();
    std::string metrics_text();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

// A request with items of these amounts, all of the same name, and a key of its own.
v1::CreateInvoiceRequest creation(const Customer& customer, const std::vector<std::int64_t>& amounts);
// So many amounts that differ, with credits among them.
std::vector<std::int64_t> many_amounts(int count);

// CHECKs that the customer has exactly one invoice, in that status, with exactly the request's lines in any order, and
// gives it back.
boost::json::object check_exactly_one(const v1::CreateInvoiceRequest& request, std::string_view status);

std::string text_of(const boost::json::object& object, std::string_view name);

}  // namespace quittance::stripe_gateway::test
