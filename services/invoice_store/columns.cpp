// One line a column: its name, and the accessors of the field that it holds.
#include "invoice_store/columns.hpp"

#include <charconv>
#include <sstream>
#include <string>

#include "invoice_store/json_columns.hpp"
#include "invoice_store/merge.hpp"
#include "invoice_store/settlement.hpp"

namespace quittance::invoice_store {
namespace {

using postgres::ArrayLiteral;
using v1::Invoice;

std::string_view text_of(const pqxx::field& field) {
    return {field.c_str(), field.size()};
}

std::int64_t integer_of(const pqxx::field& field) {
    std::int64_t value = 0;
    std::from_chars(field.c_str(), field.c_str() + field.size(), value);
    return value;
}

template <auto Get, auto Mutable>
constexpr Column text(const char* name, Join join = Join::kSnapshot) {
    return {name,
            "text",
            join,
            true,
            [](ArrayLiteral& literal, const Invoice& invoice) { literal.add_text((invoice.*Get)()); },
            [](const pqxx::field& field, Invoice& invoice) { (invoice.*Mutable)()->assign(text_of(field)); }};
}

template <auto Get, auto Set>
constexpr Column integer(const char* name, Join join = Join::kSnapshot) {
    return {name,
            "bigint",
            join,
            true,
            [](ArrayLiteral& literal, const Invoice& invoice) { literal.add_integer((invoice.*Get)()); },
            [](const pqxx::field& field, Invoice& invoice) { (invoice.*Set)(integer_of(field)); }};
}

template <auto Get, auto Set>
constexpr Column boolean(const char* name, Join join = Join::kSnapshot) {
    return {name,
            "boolean",
            join,
            true,
            [](ArrayLiteral& literal, const Invoice& invoice) { literal.add_boolean((invoice.*Get)()); },
            [](const pqxx::field& field, Invoice& invoice) { (invoice.*Set)(field.c_str()[0] == 't'); }};
}

template <auto Has, auto Get, auto Mutable>
constexpr Column time(const char* name, Join join = Join::kSnapshot) {
    return {name,
            "timestamptz",
            join,
            true,
            [](ArrayLiteral& literal, const Invoice& invoice) {
                if ((invoice.*Has)())
                    literal.add_time((invoice.*Get)());
                else
                    literal.add_null();
            },
            [](const pqxx::field& field, Invoice& invoice) {
                if (!field.is_null()) *(invoice.*Mutable)() = postgres::timestamp_of(text_of(field));
            }};
}

// The columns that are no plain field of the message. `full`: left out of the basic view.
constexpr Column own(const char* name, const char* type, Join join, bool basic,
                     void (*add)(ArrayLiteral&, const Invoice&), void (*read)(const pqxx::field&, Invoice&)) {
    return {name, type, join, basic, add, read};
}

#define QUITTANCE_TEXT(field) text<&Invoice::field, &Invoice::mutable_##field>(#field)
#define QUITTANCE_INTEGER(field) integer<&Invoice::field, &Invoice::set_##field>(#field)
#define QUITTANCE_BOOLEAN(field) boolean<&Invoice::field, &Invoice::set_##field>(#field)
#define QUITTANCE_TIME(field) time<&Invoice::has_##field, &Invoice::field, &Invoice::mutable_##field>(#field)

constexpr Column kColumns[] = {
    text<&Invoice::id, &Invoice::mutable_id>("id", Join::kIdentity),
    text<&Invoice::stripe_invoice_id, &Invoice::mutable_stripe_invoice_id>("stripe_invoice_id", Join::kIdentity),
    text<&Invoice::account, &Invoice::mutable_account>("account", Join::kIdentity),
    boolean<&Invoice::livemode, &Invoice::set_livemode>("livemode", Join::kIdentity),
    QUITTANCE_TEXT(stripe_customer_id),
    own(
        "user_id", "text", Join::kSnapshot, true,
        [](ArrayLiteral& literal, const Invoice& invoice) { literal.add_text(invoice.user().id()); },
        [](const pqxx::field& field, Invoice& invoice) { invoice.mutable_user()->set_id(field.c_str()); }),
    own(
        "user_name", "text", Join::kSnapshot, true,
        [](ArrayLiteral& literal, const Invoice& invoice) { literal.add_text(invoice.user().name()); },
        [](const pqxx::field& field, Invoice& invoice) { invoice.mutable_user()->set_name(field.c_str()); }),
    QUITTANCE_TEXT(team_id),
    QUITTANCE_TEXT(status),
    QUITTANCE_TEXT(currency),
    QUITTANCE_INTEGER(amount_minor),
    QUITTANCE_INTEGER(amount_due_minor),
    QUITTANCE_INTEGER(amount_paid_minor),
    QUITTANCE_INTEGER(amount_remaining_minor),
    QUITTANCE_INTEGER(subtotal_minor),
    QUITTANCE_INTEGER(total_minor),
    QUITTANCE_INTEGER(tax_minor),
    QUITTANCE_INTEGER(pre_payment_credit_notes_minor),
    QUITTANCE_INTEGER(post_payment_credit_notes_minor),
    integer<&Invoice::attempt_count, &Invoice::set_attempt_count>("attempt_count", Join::kMaximum),
    QUITTANCE_BOOLEAN(attempted),
    time<&Invoice::has_last_payment_attempt_time, &Invoice::last_payment_attempt_time,
         &Invoice::mutable_last_payment_attempt_time>("last_payment_attempt_time", Join::kMaximum),
    QUITTANCE_TIME(next_payment_attempt_time),
    QUITTANCE_BOOLEAN(paid_out_of_band),
    QUITTANCE_TEXT(number),
    QUITTANCE_TEXT(hosted_invoice_url),
    QUITTANCE_TEXT(invoice_pdf_url),
    QUITTANCE_TEXT(collection_method),
    QUITTANCE_TEXT(billing_reason),
    QUITTANCE_TEXT(description),
    QUITTANCE_TEXT(customer_name),
    QUITTANCE_TEXT(customer_email),
    QUITTANCE_TEXT(default_payment_method),
    QUITTANCE_TEXT(payment_intent_id),
    QUITTANCE_TEXT(charge_id),
    QUITTANCE_TEXT(subscription_id),
    own(
        "metadata", "jsonb", Join::kSnapshot, false,
        [](ArrayLiteral& literal, const Invoice& invoice) { literal.add_text(metadata_to_json(invoice)); },
        [](const pqxx::field& field, Invoice& invoice) { add_metadata_of_json(text_of(field), invoice); }),
    time<&Invoice::has_create_time, &Invoice::create_time, &Invoice::mutable_create_time>("create_time",
                                                                                          Join::kIdentity),
    time<&Invoice::has_update_time, &Invoice::update_time, &Invoice::mutable_update_time>("update_time",
                                                                                          Join::kMaximum),
    QUITTANCE_TIME(period_start),
    QUITTANCE_TIME(period_end),
    QUITTANCE_TIME(finalize_time),
    QUITTANCE_TIME(paid_time),
    QUITTANCE_TIME(void_time),
    QUITTANCE_TIME(uncollectible_time),
    own(
        "lines", "jsonb", Join::kSnapshot, false,
        [](ArrayLiteral& literal, const Invoice& invoice) { literal.add_text(lines_to_json(invoice)); },
        [](const pqxx::field& field, Invoice& invoice) { add_lines_of_json(text_of(field), invoice); }),
    QUITTANCE_BOOLEAN(lines_complete),
    QUITTANCE_INTEGER(line_count),
    own(
        "rank", "smallint", Join::kSnapshot, false,
        [](ArrayLiteral& literal, const Invoice& invoice) { literal.add_integer(invoice.provenance().rank()); },
        [](const pqxx::field& field, Invoice& invoice) {
            invoice.mutable_provenance()->set_rank(static_cast<std::int32_t>(integer_of(field)));
        }),
    own(
        "event_time", "timestamptz", Join::kSnapshot, false,
        [](ArrayLiteral& literal, const Invoice& invoice) { literal.add_time(invoice.provenance().event_time()); },
        [](const pqxx::field& field, Invoice& invoice) {
            *invoice.mutable_provenance()->mutable_event_time() = postgres::timestamp_of(text_of(field));
        }),
    own(
        "event_id", "text", Join::kSnapshot, false,
        [](ArrayLiteral& literal, const Invoice& invoice) { literal.add_text(invoice.provenance().event_id()); },
        [](const pqxx::field& field, Invoice& invoice) { invoice.mutable_provenance()->set_event_id(field.c_str()); }),
    own(
        "refetch_needed", "boolean", Join::kFlag, false,
        [](ArrayLiteral& literal, const Invoice& invoice) {
            literal.add_boolean(invoice.provenance().refetch_needed());
        },
        [](const pqxx::field& field, Invoice& invoice) {
            invoice.mutable_provenance()->set_refetch_needed(field.c_str()[0] == 't');
        }),
    own(
        "content_hash", "bytea", Join::kSnapshot, false,
        [](ArrayLiteral& literal, const Invoice& invoice) { literal.add_bytes(invoice.provenance().content_hash()); },
        [](const pqxx::field& field, Invoice& invoice) {
            invoice.mutable_provenance()->set_content_hash(postgres::bytes_of(text_of(field)));
        }),
};

#undef QUITTANCE_TEXT
#undef QUITTANCE_INTEGER
#undef QUITTANCE_BOOLEAN
#undef QUITTANCE_TIME

// A look-up by key, as one field, so that whoever selects these columns of an invoice "i" needs no join of his own.
constexpr const char* kSettlement =
    "(SELECT concat_ws(' ', s.amount_refunded_minor, s.amount_disputed_minor, s.dispute_open::int, s.dispute_lost::int,"
    " s.update_time) FROM settlements s WHERE s.stripe_invoice_id = i.stripe_invoice_id AND s.account = i.account"
    " AND s.livemode = i.livemode)";

bool shown(const Column& column, v1::View view) {
    return view == v1::VIEW_FULL || column.in_basic_view;
}

std::string list_of(v1::View view) {
    std::string list;
    for (const auto& column : kColumns) {
        if (!shown(column, view)) continue;
        if (!list.empty()) list += ", ";
        list.append("i.").append(column.name);
    }
    return list.append(", ").append(kSettlement);
}

void read_settlement(const pqxx::field& field, v1::Invoice& invoice) {
    Settlement settlement;
    if (!field.is_null()) {
        // As kSettlement puts them together.
        std::istringstream words(field.c_str());
        words >> settlement.amount_refunded_minor >> settlement.amount_disputed_minor >> settlement.dispute_open >>
            settlement.dispute_lost;
        std::string time;
        std::getline(words >> std::ws, time);
        settlement.update_time = postgres::timestamp_of(time);
    }
    invoice.set_amount_refunded_minor(settlement.amount_refunded_minor);
    invoice.set_amount_disputed_minor(settlement.amount_disputed_minor);
    invoice.set_settlement(std::string(settlement_word(invoice, settlement)));
    if (std::is_lt(compare(invoice.update_time(), settlement.update_time)))
        *invoice.mutable_update_time() = settlement.update_time;
}

}  // namespace

std::span<const Column> invoice_columns() {
    return kColumns;
}

std::string_view select_list(v1::View view) {
    static const std::string kBasic = list_of(v1::VIEW_BASIC);
    static const std::string kFull = list_of(v1::VIEW_FULL);
    return view == v1::VIEW_FULL ? kFull : kBasic;
}

v1::Invoice read_invoice(const pqxx::row& row, int first, v1::View view) {
    v1::Invoice invoice;
    int index = first;
    for (const auto& column : kColumns)
        if (shown(column, view)) column.read(row[index++], invoice);
    read_settlement(row[index], invoice);
    return invoice;
}

}  // namespace quittance::invoice_store
