// Creates one invoice with exactly the request's lines, whatever fails on the way. The gateway stores nothing: a
// retried request sends the same keyed calls, and Stripe replays its answers (ARCHITECTURE.md).
//
//   draft -> lines -> verify -> finalise, pay      (collect now)
//                            -> release            (collect later)
//
// A draft is given up if its key is poisoned, or if it is gone: a failed request or the sweep deleted it, or the sweep
// voided it because it was never acknowledged (unacknowledged_invoices.hpp). Then the next generation of keys starts
// anew. All requests with the same key go through the same generations, so all of them end with the same invoice. If
// the caller knows the invoice from webhooks, the generations are skipped, since Stripe may have forgotten the keys.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "rpc/call.hpp"
#include "stripe_gateway/creation/creation_plan.hpp"
#include "stripe_gateway/invoices/invoice_step.hpp"
#include "stripe_gateway/invoices/stripe_invoices.hpp"

namespace quittance::stripe_gateway {

class Creation {
  public:
    // All references must outlive run().
    Creation(const Invoices& invoices, const CreationPlan& plan, const rpc::Call& call, Deadline deadline)
        : invoices_(invoices), plan_(plan), call_(call), budget_{deadline, false, &call, true, &call} {}

    boost::asio::awaitable<rpc::Result<v1::StripeInvoice>> run();

  private:
    using Lines = std::vector<v1::InvoiceLine>;

    // The invoice that the caller knows for this key, if it exists at Stripe and is issued or released.
    boost::asio::awaitable<rpc::Result<std::optional<Snapshot>>> find_known();
    boost::asio::awaitable<rpc::Result<v1::StripeInvoice>> answer_known(Snapshot known);

    boost::asio::awaitable<rpc::Result<v1::StripeInvoice>> complete(Snapshot draft);
    boost::asio::awaitable<rpc::Result<v1::StripeInvoice>> answer_with(Snapshot end);
    // ALREADY_EXISTS if another request created the invoice.
    grpc::Status check_request(const Snapshot& invoice) const;

    // Step 1. Nothing if the key of this generation is poisoned.
    boost::asio::awaitable<rpc::Result<std::optional<Snapshot>>> make_draft();

    // Steps 2 and 3: adds the missing lines, reads all lines from Stripe and compares them with the plan.
    boost::asio::awaitable<grpc::Status> put_lines_on(const Snapshot& draft);
    struct Addition {
        bool complete = false;  // false: a key was poisoned, the lines must be read again
        // The lines after the last addition, if Stripe's answer to it shows all of them.
        std::optional<Lines> shown;
    };
    // `generations`: the generation of each batch's key.
    boost::asio::awaitable<rpc::Result<Addition>> add_missing(const std::string& id, const Lines& present,
                                                              std::vector<int>& generations);
    // Step 4: finalises or releases the verified draft.
    boost::asio::awaitable<rpc::Result<Snapshot>> issue(std::string id);
    boost::asio::awaitable<rpc::Result<Snapshot>> collect(std::string id);

    // Deletes the draft of a creation that failed with `why`, unless a caller may know the draft.
    boost::asio::awaitable<void> discard(std::string id, grpc::StatusCode why);
    // Deletes drafts that this generation's poisoned key may have left: their ids are unknown.
    boost::asio::awaitable<void> discard_unreachable_drafts();

    const Invoices& invoices_;
    const CreationPlan& plan_;
    const rpc::Call& call_;
    const CallBudget budget_;
    int generation_ = 1;
    bool made_before_ = false;  // the draft is an earlier request's
    std::optional<v1::PaymentError> payment_error_;
};

}  // namespace quittance::stripe_gateway
