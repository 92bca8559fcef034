// What was sent to a store in trouble and what of it was acknowledged; at the end, whether the database kept to it:
// what was acknowledged is there, and everything is there exactly once when the rest has been sent again.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "integration/invoice_store/trouble/troubled_store.hpp"

namespace quittance::test {

class Ledger {
  public:
    explicit Ledger(std::string name) : name_(std::move(name)) {}

    // A new paid invoice by gRPC, with a payload of so many bytes that nothing can compress. Gives back the call's
    // code. Thread-safe, with a client a thread.
    grpc::StatusCode call(StoreClient& client, std::size_t payload_bytes = 500);
    // A new paid invoice by a webhook. Gives back the ingester's status.
    int webhook(const Sender& webhooks);

    std::size_t acknowledged() const;
    std::size_t owed() const;

    // Counts in the database, of what was acknowledged: all of it must be there already.
    bool has_what_was_acknowledged(const std::string& database_url) const;
    // Sends again what was not acknowledged, as Stripe would, until it is; false: not within three minutes.
    bool settle(StoreClient& client);
    // Everything that was ever sent is there, once each: events, invoices, and the totals that count them.
    bool is_exact(const std::string& database_url) const;

  private:
    v1::InvoiceEvent next(std::size_t payload_bytes);
    void note(const v1::InvoiceEvent& event, bool acknowledged);

    const std::string name_;
    mutable std::mutex mutex_;
    int made_ = 0;
    std::vector<std::string> acknowledged_;
    std::map<std::string, v1::InvoiceEvent> owed_;
};

}  // namespace quittance::test
