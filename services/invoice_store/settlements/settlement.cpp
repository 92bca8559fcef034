#include "invoice_store/settlements/settlement.hpp"

namespace quittance::invoice_store {

std::int64_t received_minor(const v1::Invoice& invoice) {
    return invoice.status() == "paid" ? invoice.amount_minor() : invoice.amount_paid_minor();
}

std::string_view settlement_word(const v1::Invoice& invoice, const Settlement& settlement) {
    const bool paid = invoice.status() == "paid";
    const auto received = received_minor(invoice);
    if (!paid && received <= 0) return "none";
    if (received <= 0) return "settled";  // nothing was paid, so nothing can come back
    if (settlement.dispute_lost) return "charged_back";
    if (settlement.dispute_open) return "disputed";
    if (settlement.amount_refunded_minor >= received) return "refunded";
    if (settlement.share_unknown) return "unknown";
    if (settlement.amount_refunded_minor > 0) return "partially_refunded";
    if (!paid) return "none";
    return settlement.unfollowed ? "unknown" : "settled";
}

}  // namespace quittance::invoice_store
