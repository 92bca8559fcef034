// The sweep deletes unfinished drafts of ours and voids issued invoices that were never acknowledged
// (unacknowledged_invoices.hpp). So a creation that ended before its payment, release or mark leaves nothing.
// The sweep deletes a draft only if it is old, has our key, does not advance by itself and was never released to a
// caller. Any number of gateways may sweep at once.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>

#include "runtime/metrics.hpp"
#include "stripe_gateway/invoices/stripe_invoices.hpp"

namespace quittance::stripe_gateway {

struct SweepOptions {
    // Several times the longest deadline of a creation, so that no request still works on a deleted draft.
    std::chrono::seconds after{600};
    std::chrono::seconds every{180};  // on average; each pause is between half and one and a half of it
    int pages = 20;                   // of 100 drafts, in one run
};

class Sweep {
  public:
    // Both must outlive the sweep.
    Sweep(const Invoices& invoices, SweepOptions options, runtime::Metrics& metrics);

    // One run. Gives the number of drafts deleted plus the number of invoices voided.
    boost::asio::awaitable<int> once();
    // Runs until the loop ends.
    boost::asio::awaitable<void> forever();

  private:
    boost::asio::awaitable<int> delete_drafts(CallBudget budget);
    boost::asio::awaitable<int> void_issued(CallBudget budget);

    const Invoices& invoices_;
    const SweepOptions options_;
    runtime::Counter deleted_;
    runtime::Counter voided_;
    runtime::Counter failed_;
};

}  // namespace quittance::stripe_gateway
