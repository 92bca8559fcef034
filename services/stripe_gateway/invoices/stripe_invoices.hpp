// Reads invoices at Stripe with all of their lines, lists drafts, and deletes a draft. Nothing here changes what a
// customer is billed.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quittance/v1/stripe_gateway.pb.h"
#include "rpc/status.hpp"
#include "stripe_gateway/stripe_api/stripe_calls.hpp"

namespace quittance::stripe_gateway {

// An invoice as an answer of Stripe shows it.
struct Snapshot {
    StripeAnswer answer;
    v1::Invoice invoice;
    bool auto_advance = false;

    const std::string& id() const { return invoice.stripe_invoice_id(); }
    const std::string& status() const { return invoice.status(); }
    bool draft() const { return invoice.status() == "draft"; }
    bool paid() const { return invoice.status() == "paid"; }
    // Empty if the invoice has no such name.
    std::string metadata(std::string_view name) const;
};

// NOT_FOUND for a deleted invoice; INTERNAL (reason "stripe_unreadable") if the answer is no invoice.
rpc::Result<Snapshot> read_snapshot(StripeAnswer answer, std::string_view account);

// The message of our API: Stripe's bytes, and the invoice read from them.
v1::StripeInvoice to_message(Snapshot snapshot);

google::protobuf::Timestamp to_timestamp(std::chrono::system_clock::time_point time);

// A draft in a list, with the fields that the sweep needs.
struct Draft {
    std::string id;
    std::string key;         // metadata quittance_key; empty: not created by us
    std::string generation;  // metadata quittance_generation
    bool auto_advance = false;
    bool released = false;  // metadata quittance_released
};

struct DraftPage {
    std::vector<Draft> drafts;
    bool has_more = false;
};

// Selects drafts; the list has the newest first.
struct DraftQuery {
    std::string customer;                        // empty: of all
    std::optional<std::int64_t> created_before;  // Unix seconds
    std::string starting_after;                  // the last id of the page before
};

class Invoices {
  public:
    // `api_version`: the version that the calls ask for.
    Invoices(Calls& calls, std::string account, std::string api_version)
        : calls_(calls), account_(std::move(account)), api_version_(std::move(api_version)) {}

    const std::string& account() const { return account_; }
    // Whether invoice payments name the paid invoice. In older versions the payment names it.
    bool has_invoice_payments() const { return api_version_ >= "2025-03-31"; }
    Calls& calls() const { return calls_; }

    // `with_payments`: also the invoice's payments, where the API version has them. Stripe lists them only if asked.
    boost::asio::awaitable<rpc::Result<Snapshot>> get(std::string id, CallBudget budget,
                                                      bool with_payments = false) const;

    // All lines, read page by page. FAILED_PRECONDITION beyond kMostLines.
    boost::asio::awaitable<rpc::Result<std::vector<v1::InvoiceLine>>> lines(std::string id, CallBudget budget) const;

    // Puts the lines beyond the first ten into the invoice. If they cannot be read, lines_complete stays false and the
    // status gives the reason.
    boost::asio::awaitable<grpc::Status> complete_lines(v1::Invoice& invoice, CallBudget budget) const;

    boost::asio::awaitable<rpc::Result<DraftPage>> drafts(DraftQuery query, CallBudget budget) const;

    // True if the draft is gone. False if Stripe refuses (it is no draft any more) or cannot be reached.
    boost::asio::awaitable<bool> remove_draft(std::string id, CallBudget budget) const;

  private:
    Calls& calls_;
    std::string account_;
    std::string api_version_;
};

}  // namespace quittance::stripe_gateway
