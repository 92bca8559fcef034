// Invoices that a creation issued and told nobody of: the gateway died between finalising and answering, and the client
// never came back. Stripe does not collect them, since they do not advance by themselves, yet they stand open with the
// customer, who may pay one beside its repetition under another key. A request that was not acknowledged must not bill:
// the sweep voids them, and whoever comes back later with the key gets a new invoice in place of the void one.
//
// The two that may meet agree by marks, each written before the other's is read, so that at least one of them sees the
// other: who answers with an open invoice marks it as answered first, the sweep marks what it is about to void. What is
// answered is never voided; what is marked as abandoned is never answered while it is open.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <optional>
#include <string>

#include "stripe_gateway/invoices/idempotency_keys.hpp"
#include "stripe_gateway/invoices/stripe_invoices.hpp"

namespace quittance::stripe_gateway {

// A void one that the sweep voided, as if it had never been.
bool is_abandoned(const Snapshot& state);

// Before an open invoice is answered, or somebody takes it over: it is nobody's any more who could forget it. Gives the
// invoice as it stands then. NOT_FOUND where the sweep was faster: it is void, and the next generation starts anew.
boost::asio::awaitable<rpc::Result<Snapshot>> answer_for(const Invoices& invoices, Snapshot state, const StepKeys& keys,
                                                         Terms terms);

// One that a request to collect now has issued, that nobody was told of, and whose time of finalising is before that:
// its id, and the first key under which only a creation finalises it.
struct Unanswered {
    std::string id;
    std::string customer;
    std::string finalise_key;
    std::int64_t finalised_at = 0;  // Unix seconds
};
// `invoice`: Stripe's object, as in a list.
std::optional<Unanswered> unanswered_in(const boost::json::object& invoice, std::string_view account,
                                        std::int64_t finalised_before);

// One run of the sweep over the invoices of the last days; how many were voided. Fails where they cannot be listed.
boost::asio::awaitable<rpc::Result<int>> void_abandoned(const Invoices& invoices, std::chrono::seconds after, int pages,
                                                        Terms terms);

}  // namespace quittance::stripe_gateway
