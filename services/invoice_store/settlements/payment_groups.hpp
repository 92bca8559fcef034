// Groups payments and payment facts by the money that they are about: one payment intent with its charges, or one
// charge. Statements of a group name the same payment intent or charge, directly or through other statements.
//
// Three kinds of statements say that the money of a group paid an invoice. The first kind that there is decides:
//   - Stripe's payments with an id;
//   - the invoice, which names the payment intent or charge;
//   - a charge that names its invoice, or a link. Stripe never takes these back, so they count only for an invoice that
//     names no payment, or is not known.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "invoice_store/settlements/payment_merge.hpp"

namespace quittance::invoice_store {

inline constexpr std::int64_t kUnlimitedMinor = std::numeric_limits<std::int64_t>::max();

// Amounts are not negative. A sum that exceeds 64 bits stays at the greatest number.
std::int64_t add_minor(std::int64_t left, std::int64_t right);

// A refund with this fact gave nothing back.
bool has_failed(const v1::PaymentFact& refund);

// One charge and its refunds.
struct Charge {
    std::int64_t reported_minor = 0;            // refunded, by the charge itself
    google::protobuf::Timestamp reported_time;  // of the charge's event
    std::int64_t refunds_minor = 0;             // of its refunds that did not fail
    std::vector<const StoredFact*> failures;    // its refunds that failed

    // The greater of two: what the charge itself reported, less the refunds that failed in its second or since; and
    // the sum of its refunds that did not fail.
    std::int64_t refunded_minor() const;
};

// One invoice that the money paid.
struct PaidInvoice {
    bool paid = false;                // false: the payment is open
    std::int64_t amount_minor = 0;    // kUnlimitedMinor: not known
    std::int64_t assigned_minor = 0;  // given back, by credit notes
};

struct PaymentGroup {
    std::map<std::string, PaidInvoice> invoices;
    std::map<std::string, Charge> charges;    // by id
    std::vector<const StoredFact*> disputes;  // that move money
    std::string currency;
    std::string owner;  // the smallest invoice that any statement names, even if the money does not pay it any more
    google::protobuf::Timestamp fact_time;  // of the newest fact
    std::int64_t unlisted_minor = 0;        // refunded by a charge's own word, without a refund that is known
    std::int64_t elsewhere_minor = 0;       // given back for invoices that are not in `invoices`
};

// Keeps pointers to the facts, which must outlive it.
class PaymentGroups {
  public:
    PaymentGroups(const std::vector<StoredPayment>& payments, const std::vector<StoredFact>& facts);

    std::map<std::string, PaymentGroup>& all() { return groups_; }

    // The group of a fact. Null: the fact names no payment.
    PaymentGroup* group_of(const v1::PaymentFact& fact);

    // A refund by its id, and its group. Null: no fact told of it.
    const StoredFact* find_refund(const std::string& id) const;

  private:
    std::string root(const std::string& member);
    std::string root(const v1::InvoicePayment& payment);
    void link(const std::string& intent, const std::string& charge);
    void add_payments(const std::vector<StoredPayment>& payments);
    void add_links(const std::vector<StoredPayment>& payments, const std::vector<StoredFact>& facts);
    void add_link(const std::string& name, const std::string& invoice, bool paid);
    void add_facts(const std::vector<StoredFact>& facts);

    std::map<std::string, std::string> parents_;          // of ids in one group
    std::map<std::string, PaymentGroup> groups_;          // by one of the ids
    std::set<std::pair<std::string, std::string>> tied_;  // groups and invoices that a payment names together
    std::set<std::string> naming_;                        // the invoices that name a payment
    std::map<std::string, const StoredFact*> refunds_;
};

}  // namespace quittance::invoice_store
