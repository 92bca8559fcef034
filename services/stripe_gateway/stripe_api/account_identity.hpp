// Whether the API key is of the account whose rows stand under the label. Somebody may configure the key of another
// account. Its answers are true there and wrong here: a 404 would speak of invoices that it never had. So no call is
// sent before Stripe and the store agree whose key this is, and none if they do not.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "stripe_gateway/stripe_api/stripe_answer.hpp"

namespace quittance::stripe_gateway {

// Written on the loop, read on the operations thread.
class AccountIdentity {
  public:
    enum class State {
        kTrusted,  // nobody checks this key; or it was checked
        kPending,  // it is being checked
        kOther,    // the key is of another account
    };

    // From now on no call is sent until trust().
    void require();
    void trust();
    // Another account has the key. `why` is for operators: ids of accounts, no secrets.
    void distrust(std::string why);
    // An attempt to check failed, for this reason. `by_store`: it was the store that could not be asked.
    void note_failure(std::string why, bool by_store);
    // Stripe refused the key (401, 403) when it was asked whose it is. Every call gets this answer, until trust().
    void note_refusal(StripeAnswer refusal);

    // What a call is answered without being sent. Nothing if it may be sent.
    std::optional<StripeOutcome> refusal() const;

    State state() const;
    // False if the key is of another account, or if nothing is known of it yet, or if the store could not be asked. A
    // Stripe that is down or refuses the key keeps nothing else from being served.
    bool ready() const;
    // Empty if the account is trusted.
    std::string describe() const;

  private:
    mutable std::mutex mutex_;
    State state_ = State::kTrusted;
    bool asked_ = false;  // an attempt ended, and the store was not its trouble
    std::string why_;
    std::optional<StripeAnswer> refusal_;
};

}  // namespace quittance::stripe_gateway
