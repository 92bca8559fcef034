// Derives the idempotency keys of the calls to Stripe from the caller's key. A retried request sends the same calls
// with the same keys, and Stripe replays its answers.
#pragma once

#include <string>
#include <string_view>

#include "quittance/v1/stripe_gateway.pb.h"

namespace quittance::stripe_gateway {

class StepKeys {
  public:
    // `account`: the label; keys of two accounts never meet. `key`: the caller's, any text of 1 to 255 characters.
    StepKeys(std::string_view account, std::string_view key);

    // "default:K:create"; from the second generation on with ":g2" behind it. At most 255 characters of visible ASCII:
    // a K that is long or not plain is replaced by its hash.
    std::string of(std::string_view step, int generation) const;

    // The keys of the steps on the draft of that generation. A step's path names the draft, so another draft needs
    // other keys: "default:K:…" for the first, "default:K:g2:…" for the second.
    StepKeys of_draft(int generation) const;

  private:
    std::string prefix_;
};

// SHA-256 over all of the request except its key. Two requests are the same exactly if their hashes are equal. The hash
// does not depend on the order of the metadata, the currency's case or protobuf's encoding.
std::string request_hash(const v1::CreateInvoiceRequest& request);

}  // namespace quittance::stripe_gateway
