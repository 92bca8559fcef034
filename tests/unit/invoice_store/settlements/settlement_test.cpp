// The word for what became of an invoice's money.
#include "invoice_store/settlements/settlement.hpp"

#include <catch2/catch.hpp>

using namespace quittance;
using invoice_store::Settlement;

namespace {

Settlement refunded(std::int64_t amount) {
    Settlement settlement;
    settlement.amount_refunded_minor = amount;
    return settlement;
}

Settlement disputed(std::int64_t amount, bool open, bool lost, std::int64_t amount_refunded = 0) {
    auto settlement = refunded(amount_refunded);
    settlement.amount_disputed_minor = amount;
    settlement.dispute_open = open;
    settlement.dispute_lost = lost;
    return settlement;
}

Settlement unknown_share(std::int64_t at_least) {
    auto settlement = refunded(at_least);
    settlement.share_unknown = true;
    return settlement;
}

Settlement unfollowed(std::int64_t amount_refunded) {
    auto settlement = refunded(amount_refunded);
    settlement.unfollowed = true;
    return settlement;
}

}  // namespace

TEST_CASE("the word for what became of the money") {
    struct Case {
        const char* status;
        std::int64_t paid;
        Settlement settlement;
        const char* word;
    };
    const auto example = GENERATE(
        Case{"open", 0, {}, "none"}, Case{"paid", 1'000, {}, "settled"}, Case{"paid", 0, {}, "settled"},
        Case{"paid", 1'000, refunded(400), "partially_refunded"}, Case{"paid", 1'000, refunded(1'000), "refunded"},
        Case{"paid", 1'000, refunded(1'500), "refunded"}, Case{"paid", 1'000, disputed(1'000, true, false), "disputed"},
        Case{"paid", 1'000, disputed(1'000, false, true), "charged_back"},
        Case{"paid", 1'000, disputed(1'000, true, true, 1'000), "charged_back"},
        // The refund's event came before that of the payment.
        Case{"open", 0, refunded(1'000), "none"},
        // Nothing was paid, so nothing can come back.
        Case{"paid", 0, refunded(1'000), "settled"}, Case{"paid", 0, unfollowed(0), "settled"},
        // Paid in part, and that part given back.
        Case{"void", 500, refunded(500), "refunded"}, Case{"uncollectible", 500, {}, "none"},
        // Whose part it is, nobody told.
        Case{"paid", 1'000, unknown_share(0), "unknown"}, Case{"paid", 1'000, unknown_share(400), "unknown"},
        Case{"paid", 1'000, unknown_share(1'000), "refunded"}, Case{"open", 0, unknown_share(0), "none"},
        // Nobody followed or asked.
        Case{"paid", 1'000, unfollowed(0), "unknown"}, Case{"paid", 1'000, unfollowed(400), "partially_refunded"},
        Case{"open", 0, unfollowed(0), "none"});
    v1::Invoice invoice;
    invoice.set_status(example.status);
    invoice.set_amount_paid_minor(example.paid);
    invoice.set_amount_minor(example.paid);
    INFO(example.status << " " << example.paid << " " << example.word);
    CHECK(invoice_store::settlement_word(invoice, example.settlement) == example.word);
}
