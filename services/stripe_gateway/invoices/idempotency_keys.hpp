// The idempotency keys of a request: every call to Stripe has its own, derived from the caller's, so that repeating the
// request repeats the same calls and Stripe answers them from its memory.
#pragma once

#include <string>
#include <string_view>

#include "quittance/v1/stripe_gateway.pb.h"

namespace quittance::stripe_gateway {

class StepKeys {
  public:
    // `account`: the label; keys of two accounts never meet. `key`: the caller's, any text of 1 to 255 characters.
    StepKeys(std::string_view account, std::string_view key);

    // "default:K:create", and ":g2" behind it from the second generation on. At most 255 characters of visible ASCII:
    // a K that is long or not plain is replaced by its hash.
    std::string of(std::string_view step, int generation) const;

    // The keys of the steps on the draft of that generation: a step's path names the draft, so another draft needs
    // other keys. The first draft's are "default:K:…", the second's "default:K:g2:…".
    StepKeys of_draft(int generation) const;

  private:
    std::string prefix_;
};

// SHA-256 over everything that the caller asked for, except its key: two requests are the same exactly if this is.
// Independent of the order of the metadata, of the currency's case, and of protobuf's encoding.
std::string hash_of(const v1::CreateInvoiceRequest& request);

}  // namespace quittance::stripe_gateway
