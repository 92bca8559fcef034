#include "stripe_gateway/stripe_api/stripe_calls.hpp"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <random>

#include "runtime/log.hpp"
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

Repeat repeat_of(const StripeRequest& request) {
    if (request.method != "POST") return Repeat::kHarmless;
    return request.idempotency_key.empty() ? Repeat::kHarms : Repeat::kKeyed;
}

// Whether this try may have done what was asked, though nobody said so.
bool maybe_done(const StripeOutcome& outcome) {
    if (const auto* answer = std::get_if<StripeAnswer>(&outcome)) return answer->status >= 500 || answer->status == 424;
    return std::get<NoAnswer>(outcome).sent;
}

// For a caller that is refused in the moment in which the circuit changes.
constexpr std::chrono::milliseconds kCircuitClosing{1'000};

NoAnswer no_place(std::string_view what) {
    NoAnswer none{std::string(what)};
    none.throttled = true;
    return none;
}

NoAnswer gone() {
    NoAnswer none{"the caller went away"};
    none.cancelled = true;
    return none;
}

NoAnswer refused_by_circuit(std::chrono::milliseconds wait) {
    NoAnswer none{"the circuit is open"};
    none.circuit_open = wait;
    return none;
}

bool not_asked(const StripeOutcome& outcome) {
    const auto* none = std::get_if<NoAnswer>(&outcome);
    return none && (none->throttled || none->cancelled || none->circuit_open);
}

}  // namespace

asio::awaitable<void> pause(steady_clock::duration time) {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    timer.expires_after(time);
    co_await timer.async_wait(asio::use_awaitable);
}

Calls::Calls(StripeClient& client, CallLimits limits, std::string account, runtime::Metrics& metrics)
    : client_(client),
      limits_(limits),
      account_(std::move(account)),
      limiter_(limits.rate),
      circuit_(limits.circuit),
      metrics_(metrics),
      circuit_gauge_(metrics.gauge("quittance_stripe_circuit_state",
                                   "Circuit towards Stripe: 0 closed, 1 half-open, 2 open", {{"account", account_}})),
      circuit_openings_(metrics.counter("quittance_stripe_circuit_openings_total",
                                        "How often the circuit towards Stripe has opened", {{"account", account_}})) {}

asio::awaitable<CallResult> Calls::run(StripeRequest request, Terms terms) {
    const auto repeat = repeat_of(request);
    bool tried_before = false;
    std::optional<StripeOutcome> earlier;
    for (int attempt = 1;; ++attempt) {
        auto outcome = co_await try_once(request, terms, attempt == 1);
        // An earlier try may have had its effect: that nobody asked again must not sound as if it had none.
        if (not_asked(outcome) && tried_before)
            co_return CallResult{std::move(*earlier), Verdict::kGiveUp, tried_before};
        const auto remaining =
            std::chrono::duration_cast<std::chrono::milliseconds>(terms.deadline - steady_clock::now());
        const auto decision = decide(outcome, repeat, attempt, remaining, limits_.retry, uniform());
        if (decision.verdict != Verdict::kRepeat)
            co_return CallResult{std::move(outcome), decision.verdict, tried_before};
        metrics_
            .counter("quittance_stripe_retries_total", "Calls to Stripe that were repeated, by the reason",
                     {{"account", account_},
                      {"endpoint", std::string(request.endpoint)},
                      {"reason", std::string(decision.reason)}})
            .Increment();
        if (maybe_done(outcome)) {
            tried_before = true;
            earlier = std::move(outcome);
        }
        co_await pause(decision.wait);
    }
}

std::string Calls::describe(steady_clock::time_point now) const {
    const auto circuit = circuit_.describe(now);
    return circuit.empty() ? reachability_.describe(now) : circuit + "; " + reachability_.describe(now);
}

asio::awaitable<StripeOutcome> Calls::try_once(const StripeRequest& request, Terms terms, bool first) {
    // Asked before anything is waited for or booked; the circuit that is open now tells at once.
    if (const auto wait = look_at_circuit(steady_clock::now())) co_return refused_by_circuit(*wait);
    if (request.method == "GET") co_return co_await send(request, terms, first);
    // In this order everywhere: nobody holds an invoice and waits for its customer.
    const auto customer = co_await order_.enter(request.customer, terms.deadline);
    if (!customer) co_return no_place("other writes on the customer");
    const auto invoice = co_await order_.enter(request.invoice, terms.deadline);
    if (!invoice) co_return no_place("other writes on the invoice");
    co_return co_await send(request, terms, first);
}

asio::awaitable<bool> Calls::wait_for_rate(const StripeRequest& request, Terms terms) {
    if (!terms.background) {
        const auto booked = limiter_.book(request.endpoint, steady_clock::now(), terms.deadline);
        if (booked && *booked > steady_clock::duration::zero()) co_await pause(*booked);
        co_return booked.has_value();
    }
    for (;;) {
        const auto now = steady_clock::now();
        const auto wait = limiter_.book_in_background(request.endpoint, now);
        if (wait == steady_clock::duration::zero()) co_return true;
        if (now + wait >= terms.deadline || (terms.caller && terms.caller->cancelled())) co_return false;
        co_await pause(wait);
    }
}

asio::awaitable<StripeOutcome> Calls::send(const StripeRequest& request, Terms terms, bool first) {
    const bool in_time = co_await wait_for_rate(request, terms);
    if (!in_time) co_return no_place("our own rate limit");
    if (first && terms.caller && terms.caller->cancelled()) co_return gone();
    const auto start = steady_clock::now();
    const auto probe = circuit_.admit(start);
    if (!probe) co_return refused_by_circuit(circuit_.refused_for(start).value_or(kCircuitClosing));
    if (*probe) show_circuit();
    const auto until = std::min(terms.deadline, start + limits_.try_time);
    auto outcome = co_await client_.send(request, until);
    const auto end = steady_clock::now();
    const auto state = circuit_.state();
    circuit_.record(*probe, start, health_of(outcome, end - start, limits_.circuit), end);
    if (circuit_.state() != state) show_circuit();
    record(request, outcome, end - start);
    co_return outcome;
}

std::optional<std::chrono::milliseconds> Calls::look_at_circuit(steady_clock::time_point now) {
    const auto state = circuit_.state();
    circuit_.look(now);
    if (circuit_.state() != state) show_circuit();
    return circuit_.refused_for(now);
}

void Calls::show_circuit() {
    const auto state = circuit_.state();
    circuit_gauge_.Set(state == Circuit::State::kOpen ? 2 : state == Circuit::State::kHalfOpen ? 1 : 0);
    if (state == Circuit::State::kHalfOpen) return;
    if (state == Circuit::State::kOpen) circuit_openings_.Increment();
    runtime::log_warn(state == Circuit::State::kOpen ? "Stripe fails: the circuit is open" : "Stripe is back",
                      {{"account", account_}});
}

void Calls::count(std::string_view endpoint, const StripeOutcome& outcome, steady_clock::duration took) {
    auto found = counted_.find(endpoint);
    if (found == counted_.end()) {
        auto& seconds = metrics_.seconds("quittance_stripe_call_seconds", "Time of one try of a call to Stripe",
                                         {{"account", account_}, {"endpoint", std::string(endpoint)}});
        found = counted_.emplace(std::string(endpoint), Counted{seconds, {}}).first;
    }
    auto& counted = found->second;
    const auto status = status_label(outcome);
    auto& tries = counted.tries[status];
    if (tries == nullptr)
        tries = &metrics_.counter("quittance_stripe_calls_total",
                                  "Calls to Stripe, each try, by its HTTP status or why there is none",
                                  {{"account", account_}, {"endpoint", found->first}, {"status", status}});
    tries->Increment();
    counted.seconds.Observe(std::chrono::duration<double>(took).count());
}

void Calls::record(const StripeRequest& request, const StripeOutcome& outcome, steady_clock::duration took) {
    const auto endpoint = request.endpoint;
    reachability_.record(outcome, steady_clock::now());
    count(endpoint, outcome, took);
    if (const auto* none = std::get_if<NoAnswer>(&outcome)) {
        runtime::log_warn(
            "no answer from Stripe",
            {{"account", account_}, {"endpoint", endpoint}, {"reason", none->reason}, {"sent", none->sent}});
        return;
    }
    const auto& answer = std::get<StripeAnswer>(outcome);
    runtime::log_debug("call to Stripe", {{"endpoint", endpoint},
                                          {"status", answer.status},
                                          {"stripe_request_id", answer.request_id},
                                          {"replayed", answer.replayed}});
    if (answer.status == 401)
        runtime::log_error("Stripe refuses our API key",
                           {{"account", account_}, {"stripe_request_id", answer.request_id}});
    if (answer.status == 403)
        runtime::log_error("our API key lacks a permission at Stripe",
                           {{"account", account_},
                            {"endpoint", endpoint},
                            {"permission", permissions_in(answer.error.message())},
                            {"stripe_says", without_keys(answer.error.message())},
                            {"stripe_request_id", answer.request_id}});
}

}  // namespace quittance::stripe_gateway
