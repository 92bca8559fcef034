#include "invoice_store/settlements/settlement_column.hpp"

#include <algorithm>
#include <charconv>
#include <string>

#include "base/timestamps.hpp"
#include "invoice_store/settlements/followed_accounts.hpp"
#include "invoice_store/settlements/payment_failures.hpp"
#include "invoice_store/settlements/settlement.hpp"
#include "postgres/field.hpp"
#include "postgres/literal.hpp"

namespace quittance::invoice_store {
namespace {

// Takes the next number off the text, and the blank after it.
std::int64_t take_number(std::string_view& columns) {
    std::int64_t number = 0;
    const auto end = std::from_chars(columns.data(), columns.data() + columns.size(), number).ptr;
    columns.remove_prefix(std::min(columns.size(), static_cast<std::size_t>(end - columns.data()) + 1));
    return number;
}

// Separates the failure's columns from those before it, and from each other.
constexpr char kSeparator = '\n';

// Takes the next text off, and the separator after it.
std::string_view take_text(std::string_view& columns) {
    const auto text = columns.substr(0, columns.find(kSeparator));
    columns.remove_prefix(std::min(columns.size(), text.size() + 1));
    return text;
}

// Reads what follows the time of the newest fact. Nothing follows where no attempt failed.
void read_failure(std::string_view columns, v1::Invoice& invoice) {
    if (columns.empty() || !shows_failure(invoice.status())) return;
    auto& error = *invoice.mutable_payment_error();
    *error.mutable_time() = postgres::timestamp_of(take_text(columns));
    error.set_code(std::string(take_text(columns)));
    error.set_decline_code(std::string(take_text(columns)));
    error.set_message(std::string(columns));
}

}  // namespace

std::string_view settlement_column() {
    static const std::string kColumn =
        "(SELECT concat_ws(' ', s.amount_refunded_minor, s.amount_disputed_minor, s.dispute_open::int,"
        " s.dispute_lost::int, s.share_unknown::int, " +
        std::string(unfollowed_condition()) +
        "::int, s.update_time)"
        " || coalesce(E'\\n' || s.failure_time || E'\\n' || s.failure_code || E'\\n' || s.failure_decline_code"
        " || E'\\n' || s.failure_message, '') FROM settlements s WHERE s.stripe_invoice_id = i.stripe_invoice_id"
        " AND s.account = i.account AND s.livemode = i.livemode)";
    return kColumn;
}

void read_settlement(const pqxx::field& field, v1::Invoice& invoice) {
    Settlement settlement;
    if (!field.is_null()) {
        // As settlement_column() puts them together.
        auto columns = postgres::text_of(field);
        settlement.amount_refunded_minor = take_number(columns);
        settlement.amount_disputed_minor = take_number(columns);
        settlement.dispute_open = take_number(columns) != 0;
        settlement.dispute_lost = take_number(columns) != 0;
        settlement.share_unknown = take_number(columns) != 0;
        settlement.unfollowed = take_number(columns) != 0;
        settlement.update_time = postgres::timestamp_of(take_text(columns));
        read_failure(columns, invoice);
    }
    const auto received = std::max(received_minor(invoice), std::int64_t{0});
    invoice.set_amount_refunded_minor(std::min(settlement.amount_refunded_minor, received));
    invoice.set_amount_disputed_minor(std::min(settlement.amount_disputed_minor, received));
    invoice.set_settlement(std::string(settlement_word(invoice, settlement)));
    if (std::is_lt(base::compare(invoice.update_time(), settlement.update_time)))
        *invoice.mutable_update_time() = settlement.update_time;
}

}  // namespace quittance::invoice_store
