// One request to Stripe and its answer, with the headers that Stripe's API has: credentials, version, idempotency key.
// One attempt only; stripe_calls.hpp retries.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <string>

#include "http/client/client.hpp"
#include "stripe_gateway/stripe_api/stripe_answer.hpp"

namespace quittance::stripe_gateway {

struct StripeClientOptions {
    http::ClientOptions http;
    base::Secret api_key;
    std::string api_version;  // "2023-10-16": the shape of every answer
    // The connected account that every call is about, "acct_…"; empty: the key's own account.
    std::string connected_account{};
};

class StripeClient {
  public:
    StripeClient(boost::asio::io_context& loop, StripeClientOptions options);

    const base::Secret& key() const { return options_.api_key; }
    // From now on requests carry this key. One that is under way keeps the key that it was sent with.
    void use_key(base::Secret key) { options_.api_key = std::move(key); }

    // `request` must live until the answer is there.
    boost::asio::awaitable<StripeOutcome> send(const StripeRequest& request,
                                               std::chrono::steady_clock::time_point deadline);

  private:
    StripeClientOptions options_;
    http::Client client_;
};

// Reads the HTTP response. `took`: from the first byte sent to the last one read.
StripeAnswer read_answer(http::ClientResponse response, std::chrono::steady_clock::duration took = {});

}  // namespace quittance::stripe_gateway
