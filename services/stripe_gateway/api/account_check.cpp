#include "stripe_gateway/api/account_check.hpp"

#include <algorithm>
#include <utility>

#include "base/jitter.hpp"
#include "runtime/log.hpp"
#include "runtime/pause.hpp"
#include "stripe/json_document.hpp"
#include "stripe/json_fields.hpp"
#include "stripe_gateway/stripe_api/error_status.hpp"

namespace quittance::stripe_gateway {

namespace {

namespace asio = boost::asio;

constexpr const char* kKeyChangesHelp = "New API keys of Stripe accounts, by whether they were put to use.";

// The id in an answer of GET /v1/account.
std::string read_id(const StripeAnswer& answer) {
    const stripe::JsonDocument document(answer.body);
    std::string problem;
    std::string id;
    stripe::assign_text(id, stripe::Fields(document.object(), problem).text("id"));
    return id;
}

StripeRequest who_am_i() {
    StripeRequest request{"GET /v1/account", "GET", "/v1/account", {}, {}};
    request.identifies_account = true;
    return request;
}

}  // namespace

AccountCheck::AccountCheck(StripeAccount& account, clients::InvoiceStoreClient* store, AccountCheckOptions options,
                           runtime::Metrics& metrics)
    : account_(account),
      store_(store),
      options_(std::move(options)),
      verified_(metrics.gauge("quittance_stripe_account_verified",
                              "1 if the API key is of the account that the store remembers for the label, else 0.",
                              {{"account", account.label()}})),
      keys_taken_(metrics.counter("quittance_stripe_key_changes_total", kKeyChangesHelp,
                                  {{"account", account.label()}, {"result", "taken"}})),
      keys_refused_(metrics.counter("quittance_stripe_key_changes_total", kKeyChangesHelp,
                                    {{"account", account.label()}, {"result", "refused"}})) {
    account_.identity().require();
}

asio::awaitable<void> AccountCheck::until_trusted(std::function<void()> first_attempt_over) {
    auto wait = options_.first_wait;
    bool trusted = co_await attempt();
    first_attempt_over();
    while (!trusted) {
        const auto pause = base::jittered(wait);
        co_await runtime::pause(pause);
        wait = std::min(wait * 2, options_.longest_wait);
        trusted = co_await attempt();
    }
}

asio::awaitable<bool> AccountCheck::attempt() {
    const auto key = newest_key_;
    if (id_.empty()) {
        auto id = co_await ask_stripe();
        if (key != newest_key_) co_return false;  // the answer is about a key that is not in use any more
        id_ = std::move(id);
    }
    if (id_.empty()) co_return false;
    if (!options_.configured_id.empty() && options_.configured_id != id_) {
        distrust(options_.configured_id + " is configured for this label, and not " + id_);
        co_return false;
    }
    if (store_ != nullptr) {
        const bool agrees = co_await compare_with_store();
        if (!agrees || key != newest_key_) co_return false;
    }
    account_.identity().trust();
    verified_.set(1);
    runtime::log_info("the Stripe account is verified",
                      {{"account", account_.label()}, {"stripe_account", id_}, {"livemode", options_.livemode}});
    co_return true;
}

asio::awaitable<void> AccountCheck::change_key(base::Secret key) {
    const auto number = ++newest_key_;
    if (key == account_.key()) co_return;
    auto& identity = account_.identity();
    if (identity.state() != AccountIdentity::State::kTrusted) {
        account_.use_key(std::move(key));
        identity.require();
        id_.clear();
        told_ = false;
        keys_taken_.increment();
        co_return;
    }
    auto wait = options_.first_wait;
    bool decided = co_await try_key(key);
    while (!decided && number == newest_key_) {
        const auto pause = base::jittered(wait);
        co_await runtime::pause(pause);
        wait = std::min(wait * 2, options_.longest_wait);
        if (number == newest_key_) decided = co_await try_key(key);
    }
}

asio::awaitable<bool> AccountCheck::try_key(const base::Secret& key) {
    const auto number = newest_key_;
    auto request = who_am_i();
    request.candidate_key = key;
    const CallBudget budget{std::chrono::steady_clock::now() + options_.attempt_time};
    const auto result = co_await account_.calls().run(std::move(request), budget);
    if (number != newest_key_) co_return true;
    if (result.status() == 401 || result.status() == 403) {
        refuse_key("Stripe refuses it with " + std::to_string(result.status()));
        co_return true;
    }
    if (!result.ok()) co_return false;
    const auto id = read_id(*result.answer());
    if (id != id_) {
        refuse_key("it is of another account: " + id);
        co_return true;
    }
    account_.use_key(key);
    keys_taken_.increment();
    runtime::log_info("the Stripe API key changed", {{"account", account_.label()}, {"stripe_account", id_}});
    co_return true;
}

void AccountCheck::refuse_key(std::string_view why) {
    keys_refused_.increment();
    runtime::log_error("a new Stripe API key is refused; the previous one stays in use",
                       {{"account", account_.label()}, {"why", why}});
}

asio::awaitable<std::string> AccountCheck::ask_stripe() {
    auto request = who_am_i();
    const CallBudget budget{std::chrono::steady_clock::now() + options_.attempt_time};
    auto result = co_await account_.calls().run(std::move(request), budget);
    auto& identity = account_.identity();
    if (result.status() == 401 || result.status() == 403) {
        identity.note_refusal(std::get<StripeAnswer>(std::move(result.outcome)));
        co_return std::string();
    }
    if (!result.ok()) {
        identity.note_failure(status_of(result).error_message(), false);
        co_return std::string();
    }
    auto id = read_id(*result.answer());
    if (id.empty()) identity.note_failure("Stripe's answer names no account", false);
    co_return id;
}

asio::awaitable<bool> AccountCheck::compare_with_store() {
    v1::RecordStripeAccountRequest request;
    request.mutable_account()->set_label(account_.label());
    request.mutable_account()->set_livemode(options_.livemode);
    request.mutable_account()->set_stripe_account_id(id_);
    const auto remembered = co_await store_->record_stripe_account(request);
    if (remembered) co_return true;
    if (remembered.error().error_code() == grpc::StatusCode::FAILED_PRECONDITION)
        distrust(remembered.error().error_message());
    else
        account_.identity().note_failure(
            "the store was not asked: " + std::string(rpc::code_name(remembered.error().error_code())), true);
    co_return false;
}

void AccountCheck::distrust(const std::string& why) {
    account_.identity().distrust(why);
    if (!std::exchange(told_, true))
        runtime::log_error(
            "the API key is of another Stripe account: nothing is asked with it",
            {{"account", account_.label()}, {"livemode", options_.livemode}, {"stripe_account", id_}, {"reason", why}});
}

}  // namespace quittance::stripe_gateway
