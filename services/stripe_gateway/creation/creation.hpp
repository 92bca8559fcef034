// Creates one invoice with exactly the request's lines, whatever fails on the way. Holds no state: repeating the
// request repeats the same keyed calls, and Stripe's replays are its memory (ARCHITECTURE.md, "A creation's way").
//
//   draft -> lines -> verify -> finalise, pay      (collect now)
//                            -> release            (collect later)
//
// A draft that turns out to be gone (deleted by a failed request or by the sweep, or issued and voided by the sweep
// because nobody was told of it: abandoned.hpp), or whose key is poisoned, is given up: the next generation of keys
// starts anew. Every request with the same key walks the same generations, so all of them end with the same invoice.
// Where the caller knows from webhooks which invoice that was, nothing is walked: Stripe may have forgotten the keys.
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
    Creation(const Invoices& invoices, const Plan& plan, const rpc::Call& call, Deadline deadline)
        : invoices_(invoices), plan_(plan), call_(call), terms_{deadline} {}

    boost::asio::awaitable<rpc::Result<v1::StripeInvoice>> run();

  private:
    using Lines = std::vector<v1::InvoiceLine>;

    // The issued or released invoice that the caller knows for this key, if there is one at Stripe.
    boost::asio::awaitable<rpc::Result<std::optional<Snapshot>>> find_known();
    boost::asio::awaitable<rpc::Result<v1::StripeInvoice>> answer_known(Snapshot known);

    boost::asio::awaitable<rpc::Result<v1::StripeInvoice>> complete(Snapshot draft);
    boost::asio::awaitable<rpc::Result<v1::StripeInvoice>> answer_with(Snapshot end);
    // ALREADY_EXISTS where the invoice was made by another request.
    grpc::Status check_request(const Snapshot& invoice) const;

    // Step 1. Nothing where the key of this generation is poisoned.
    boost::asio::awaitable<rpc::Result<std::optional<Snapshot>>> make_draft();

    // Steps 2 and 3: puts the missing lines on, has Stripe show all of them and compares.
    boost::asio::awaitable<grpc::Status> put_lines_on(const Snapshot& draft);
    struct Addition {
        bool complete = false;  // false: a key was poisoned, the lines must be read again
        // The lines after the last addition, where Stripe's own answer to it shows all of them.
        std::optional<Lines> shown;
    };
    // `generations`: of each batch's key.
    boost::asio::awaitable<rpc::Result<Addition>> add_missing(const std::string& id, const Lines& present,
                                                              std::vector<int>& generations);
    // Step 4: finalises or releases what was verified.
    boost::asio::awaitable<rpc::Result<Snapshot>> issue(std::string id);
    boost::asio::awaitable<rpc::Result<Snapshot>> collect(std::string id);

    boost::asio::awaitable<void> discard(std::string id, grpc::StatusCode why);
    boost::asio::awaitable<void> discard_unreachable_drafts();

    const Invoices& invoices_;
    const Plan& plan_;
    const rpc::Call& call_;
    const Terms terms_;
    int generation_ = 1;
    bool made_before_ = false;  // the draft is an earlier request's
    std::optional<v1::PaymentError> payment_error_;
};

}  // namespace quittance::stripe_gateway
