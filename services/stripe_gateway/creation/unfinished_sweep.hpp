// Deletes drafts of ours that nobody finished, and voids invoices that were issued and told to nobody (abandoned.hpp):
// a request that was not acknowledged must never bill, and must not leave a heap of drafts behind either. A draft is
// taken only if it is old, carries our key, does not advance by itself and was never promised to anybody (released).
// Any number of gateways may sweep at once.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>

#include "runtime/metrics.hpp"
#include "stripe_gateway/invoices/stripe_invoices.hpp"

namespace quittance::stripe_gateway {

struct SweepOptions {
    // Several times the longest deadline of a creation, so that no request is still at work on what is deleted.
    std::chrono::seconds after{600};
    std::chrono::seconds every{180};  // on average; each pause is between half and one and a half of it
    int pages = 20;                   // of 100 drafts, in one run
};

class Sweep {
  public:
    // Both must outlive the sweep.
    Sweep(const Invoices& invoices, SweepOptions options, runtime::Metrics& metrics);

    // One run; the number of drafts deleted and invoices voided.
    boost::asio::awaitable<int> once();
    // Runs until the loop ends.
    boost::asio::awaitable<void> forever();

  private:
    boost::asio::awaitable<int> delete_drafts(Terms terms);
    boost::asio::awaitable<int> void_issued(Terms terms);

    const Invoices& invoices_;
    const SweepOptions options_;
    prometheus::Counter& deleted_;
    prometheus::Counter& voided_;
    prometheus::Counter& failed_;
};

}  // namespace quittance::stripe_gateway
