// Voids invoices that a creation issued and never acknowledged: the gateway died between finalising and answering, and
// the client did not retry. Stripe does not collect them, since they do not advance by themselves. But they are open,
// and the customer might pay one beside its repetition under another key. So the sweep voids them. A later retry with
// the same key gets a new invoice in place of the void one. An invoice that was paid or marked before the gateway died
// stays, and a retry gets it.
//
// A creation and the sweep may meet on one invoice. Each writes its own mark before it reads the other's, so that at
// least one of them sees the other. A creation marks an open invoice as acknowledged before it answers. The sweep marks
// an invoice as unacknowledged before it voids it. Therefore an acknowledged invoice is never voided, and an invoice
// with the sweep's mark is never acknowledged while it is open.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <optional>
#include <string>

#include "stripe_gateway/invoices/idempotency_keys.hpp"
#include "stripe_gateway/invoices/stripe_invoices.hpp"

namespace quittance::stripe_gateway {

// Whether the sweep voided the invoice. Callers treat it as if it had never existed.
bool was_voided_by_sweep(const Snapshot& state);

// Marks an open invoice as acknowledged, before a caller gets it as an answer or takes it over. Gives the invoice after
// that. NOT_FOUND if the sweep was faster: the invoice is void, and the next generation starts anew.
boost::asio::awaitable<rpc::Result<Snapshot>> acknowledge(const Invoices& invoices, Snapshot state,
                                                          const StepKeys& keys, CallBudget budget);

// An open invoice that a request to collect now issued and that was not acknowledged.
struct UnacknowledgedInvoice {
    std::string id;
    std::string customer;
    std::string finalise_key;       // the first key under which a creation, and nothing else, finalises it
    std::int64_t finalised_at = 0;  // Unix seconds
};

// Nothing if the invoice is not one of these, or was finalised at `finalised_before` or later. `invoice`: Stripe's
// object, as in a list.
std::optional<UnacknowledgedInvoice> read_unacknowledged(const boost::json::object& invoice, std::string_view account,
                                                         std::int64_t finalised_before);

// One run of the sweep over the invoices of the last days. Gives the number of voided ones; fails if they cannot be
// listed.
boost::asio::awaitable<rpc::Result<int>> void_unacknowledged(const Invoices& invoices, std::chrono::seconds after,
                                                             int pages, CallBudget budget);

}  // namespace quittance::stripe_gateway
