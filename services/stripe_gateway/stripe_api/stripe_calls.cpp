#include "stripe_gateway/stripe_api/stripe_calls.hpp"

#include <algorithm>
#include <random>

#include "runtime/log.hpp"
#include "runtime/pause.hpp"
#include "stripe_gateway/stripe_api/missing_permission.hpp"

namespace quittance::stripe_gateway {

namespace {

namespace asio = boost::asio;
using std::chrono::steady_clock;

double uniform() {
    thread_local std::mt19937_64 engine{std::random_device{}()};
    return std::uniform_real_distribution<double>(0.0, 1.0)(engine);
}

std::string status_label(const StripeOutcome& outcome) {
    if (const auto* answer = std::get_if<StripeAnswer>(&outcome)) return std::to_string(answer->status);
    return std::string(transient_reason(outcome));
}

RetrySafety safety_of(const StripeRequest& request) {
    if (request.method != "POST") return RetrySafety::kSafe;
    return request.idempotency_key.empty() ? RetrySafety::kUnsafe : RetrySafety::kKeyed;
}

// True if this attempt may have had its effect although Stripe did not confirm it.
bool may_have_had_effect(const StripeOutcome& outcome) {
    if (const auto* answer = std::get_if<StripeAnswer>(&outcome)) return answer->status >= 500 || answer->status == 424;
    return std::get<NoAnswer>(outcome).sent;
}

NoAnswer no_place(std::string_view what) {
    NoAnswer none{std::string(what)};
    none.throttled = true;
    return none;
}

NoAnswer caller_cancelled() {
    NoAnswer none{"the caller cancelled"};
    none.cancelled = true;
    return none;
}

NoAnswer refused_by_circuit(std::chrono::milliseconds wait) {
    NoAnswer none{"the circuit is open"};
    none.circuit_open = wait;
    return none;
}

bool was_not_sent(const StripeOutcome& outcome) {
    const auto* none = std::get_if<NoAnswer>(&outcome);
    return none && (none->throttled || none->cancelled || none->circuit_open);
}

// Stripe is still at work on an earlier attempt of this very call, and says so to the next one. The caller did not ask
// twice: it is Stripe that gave no answer in time.
NoAnswer still_at_work() {
    NoAnswer none{"Stripe is still at work on an earlier attempt of this call"};
    none.timed_out = true;
    none.sent = true;
    return none;
}

bool says_key_in_use(const StripeOutcome& outcome) {
    const auto* answer = std::get_if<StripeAnswer>(&outcome);
    return answer && answer->status == 409 && !answer->replayed;
}

}  // namespace

Calls::Calls(StripeClient& client, CallLimits limits, std::string account, runtime::Metrics& metrics)
    : client_(client),
      limits_(limits),
      account_(std::move(account)),
      limiter_(limits.rate),
      circuit_(limits.circuit, [this](CircuitBreaker::State state, std::string_view why) { show_circuit(state, why); }),
      metrics_(metrics),
      circuit_gauge_(metrics.gauge("quittance_stripe_circuit_state", "Circuit to Stripe: 0 closed, 1 half-open, 2 open",
                                   {{"account", account_}})),
      circuit_openings_(metrics.counter("quittance_stripe_circuit_openings_total",
                                        "How often the circuit to Stripe opened", {{"account", account_}})) {}

asio::awaitable<CallResult> Calls::run(StripeRequest request, CallBudget budget) {
    if (!request.identifies_account)
        if (auto refusal = identity_.refusal()) co_return CallResult{std::move(*refusal), Verdict::kFinal, false};
    const auto safety = safety_of(request);
    // The last outcome that may have had the effect.
    std::optional<StripeOutcome> earlier;
    for (int number = 1;; ++number) {
        auto outcome = co_await attempt(request, budget, number);
        // An attempt that was not sent must not hide that an earlier one may have had its effect.
        if (earlier && was_not_sent(outcome)) co_return CallResult{std::move(*earlier), Verdict::kGiveUp, true};
        const auto remaining =
            std::chrono::duration_cast<std::chrono::milliseconds>(budget.deadline - steady_clock::now());
        const auto decision = decide_retry(outcome, safety, number, remaining, limits_.retry, uniform());
        if (decision.verdict != Verdict::kRetry) {
            if (earlier && says_key_in_use(outcome)) outcome = still_at_work();
            co_return CallResult{std::move(outcome), decision.verdict, earlier.has_value()};
        }
        count_retry(request, decision.reason);
        if (may_have_had_effect(outcome)) earlier = std::move(outcome);
        co_await runtime::pause(decision.wait);
    }
}

std::string Calls::describe(steady_clock::time_point now) const {
    std::string text;
    for (const auto& part : {identity_.describe(), circuit_.describe(now)})
        if (!part.empty()) text += part + "; ";
    return text + reachability_.describe(now);
}

asio::awaitable<StripeOutcome> Calls::attempt(const StripeRequest& request, CallBudget budget, int number) {
    // Asked before the call waits for anything: a circuit that is open already answers at once.
    if (const auto wait = circuit_.refused_for(steady_clock::now())) co_return refused_by_circuit(*wait);
    // Always in this order, so that no call holds an invoice while it waits for the customer. Reads name neither.
    const auto customer = co_await locks_.acquire(request.customer, budget.deadline);
    if (!customer) co_return no_place("other writes on the customer");
    const auto invoice = co_await locks_.acquire(request.invoice, budget.deadline);
    if (!invoice) co_return no_place("other writes on the invoice");
    const bool in_time = co_await wait_for_rate(request, budget);
    if (!in_time) co_return no_place("our own rate limit");
    const bool anyway = number == 1 && budget.first_anyway;
    if (!anyway && budget.caller && budget.caller->cancelled()) co_return caller_cancelled();
    const auto start = steady_clock::now();
    const auto admission = circuit_.admit(start);
    if (!admission.permit) co_return refused_by_circuit(admission.retry_after);
    const StripeTry this_try{request, account_, number, budget.origin ? budget.origin : budget.caller};
    auto span = span_of(this_try);
    auto outcome = co_await client_.send(request, std::min(budget.deadline, start + limits_.try_time));
    end_span(span, outcome);
    const auto end = steady_clock::now();
    circuit_.record(*admission.permit, health_of(outcome, end - start, limits_.circuit), end);
    record(this_try, outcome, end - start);
    co_return outcome;
}

asio::awaitable<bool> Calls::wait_for_rate(const StripeRequest& request, CallBudget budget) {
    if (!budget.background) {
        const auto booked = limiter_.book(request.endpoint, steady_clock::now(), budget.deadline);
        if (booked && *booked > steady_clock::duration::zero()) co_await runtime::pause(*booked);
        co_return booked.has_value();
    }
    for (;;) {
        const auto now = steady_clock::now();
        const auto wait = limiter_.book_in_background(request.endpoint, now);
        if (wait == steady_clock::duration::zero()) co_return true;
        if (now + wait >= budget.deadline || (budget.caller && budget.caller->cancelled())) co_return false;
        co_await runtime::pause(wait);
    }
}

void Calls::show_circuit(CircuitBreaker::State state, std::string_view why) {
    using State = CircuitBreaker::State;
    circuit_gauge_.set(state == State::kOpen ? 2 : state == State::kHalfOpen ? 1 : 0);
    if (state == State::kHalfOpen) return;
    if (state == State::kOpen) circuit_openings_.increment();
    runtime::log_warn(state == State::kOpen ? "circuit to Stripe opened" : "circuit to Stripe closed",
                      {{"account", account_}, {"reason", why}});
}

void Calls::count_retry(const StripeRequest& request, std::string_view reason) {
    metrics_
        .counter("quittance_stripe_retries_total", "Calls to Stripe that were retried, by reason",
                 {{"account", account_}, {"endpoint", std::string(request.endpoint)}, {"reason", std::string(reason)}})
        .increment();
}

void Calls::count(std::string_view endpoint, const StripeOutcome& outcome, steady_clock::duration took) {
    auto found = counted_.find(endpoint);
    if (found == counted_.end()) {
        const auto seconds =
            metrics_.seconds("quittance_stripe_call_seconds", "Time of one attempt of a call to Stripe",
                             {{"account", account_}, {"endpoint", std::string(endpoint)}});
        found = counted_.emplace(std::string(endpoint), Counted{seconds, {}}).first;
    }
    auto& counted = found->second;
    const auto status = status_label(outcome);
    auto attempts = counted.attempts.find(status);
    if (attempts == counted.attempts.end())
        attempts =
            counted.attempts
                .emplace(status,
                         metrics_.counter("quittance_stripe_calls_total",
                                          "Attempts of calls to Stripe, by HTTP status or by the reason for no answer",
                                          {{"account", account_}, {"endpoint", found->first}, {"status", status}}))
                .first;
    attempts->second.increment();
    counted.seconds.observe(std::chrono::duration<double>(took).count());
}

void Calls::record(const StripeTry& attempt, const StripeOutcome& outcome, steady_clock::duration took) {
    const auto endpoint = attempt.request.endpoint;
    // An answer to a key that is not in use says nothing about the account's own.
    if (!attempt.request.candidate_key) reachability_.record(outcome, steady_clock::now());
    count(endpoint, outcome, took);
    log_try(attempt, outcome, took, lines_);
    if (!std::holds_alternative<StripeAnswer>(outcome)) return;
    const auto& answer = std::get<StripeAnswer>(outcome);
    if (attempt.request.candidate_key) return;
    const auto request_id = attempt.origin ? std::string_view(attempt.origin->request_id) : std::string_view();
    if (answer.status == 401)
        runtime::log_error(
            "Stripe refused our API key",
            {{"account", account_}, {"stripe_request_id", answer.request_id}, {"request_id", request_id}});
    if (answer.status == 403)
        runtime::log_error("our API key lacks a permission at Stripe",
                           {{"account", account_},
                            {"endpoint", endpoint},
                            {"permission", permissions_in(answer.error.message())},
                            {"stripe_says", without_keys(answer.error.message())},
                            {"stripe_request_id", answer.request_id},
                            {"request_id", request_id}});
}

}  // namespace quittance::stripe_gateway
