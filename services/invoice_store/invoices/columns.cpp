// One line a column: its name, and the accessors of the field that it holds.
#include "invoice_store/invoices/columns.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "invoice_store/invoices/json_columns.hpp"
#include "invoice_store/invoices/list_projection.hpp"
#include "invoice_store/settlements/settlement_column.hpp"
#include "postgres/field.hpp"

namespace quittance::invoice_store {
namespace {

using postgres::ArrayLiteral;
using postgres::integer_of;
using postgres::text_of;
using v1::Invoice;

// The views of a column.
constexpr unsigned kBasic = 1;
constexpr unsigned kSummary = 2;
constexpr unsigned kBilling = 4;
constexpr unsigned kShown = kBasic | kSummary | kBilling;
constexpr unsigned kFullAlone = 0;  // or no view: a column without a reader

template <auto Get, auto Mutable>
constexpr Column text(const char* name, unsigned views = kBasic, Join join = Join::kSnapshot) {
    return {name,
            "text",
            join,
            views,
            [](ArrayLiteral& literal, const Invoice& invoice) { literal.add_text((invoice.*Get)()); },
            [](const pqxx::field& field, Invoice& invoice) {
                // An empty text would get memory of its own.
                if (field.size() > 0) (invoice.*Mutable)()->assign(text_of(field));
            }};
}

template <auto Get, auto Set>
constexpr Column integer(const char* name, unsigned views = kBasic, Join join = Join::kSnapshot) {
    return {name,
            "bigint",
            join,
            views,
            [](ArrayLiteral& literal, const Invoice& invoice) { literal.add_integer((invoice.*Get)()); },
            [](const pqxx::field& field, Invoice& invoice) { (invoice.*Set)(integer_of(field)); }};
}

template <auto Get, auto Set>
constexpr Column boolean(const char* name, unsigned views = kBasic, Join join = Join::kSnapshot) {
    return {name,
            "boolean",
            join,
            views,
            [](ArrayLiteral& literal, const Invoice& invoice) { literal.add_boolean((invoice.*Get)()); },
            [](const pqxx::field& field, Invoice& invoice) { (invoice.*Set)(field.c_str()[0] == 't'); }};
}

template <auto Has, auto Get, auto Mutable>
constexpr Column time(const char* name, unsigned views = kBasic, Join join = Join::kSnapshot) {
    return {name,
            "timestamptz",
            join,
            views,
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

// The columns that are no plain field of the message.
constexpr Column own(const char* name, const char* type, Join join, unsigned views,
                     void (*add)(ArrayLiteral&, const Invoice&), void (*read)(const pqxx::field&, Invoice&)) {
    return {name, type, join, views, add, read};
}

#define QUITTANCE_TEXT(field, ...) text<&Invoice::field, &Invoice::mutable_##field>(#field __VA_OPT__(, ) __VA_ARGS__)
#define QUITTANCE_INTEGER(field, ...) integer<&Invoice::field, &Invoice::set_##field>(#field __VA_OPT__(, ) __VA_ARGS__)
#define QUITTANCE_BOOLEAN(field, ...) boolean<&Invoice::field, &Invoice::set_##field>(#field __VA_OPT__(, ) __VA_ARGS__)
#define QUITTANCE_TIME(field, ...) \
    time<&Invoice::has_##field, &Invoice::field, &Invoice::mutable_##field>(#field __VA_OPT__(, ) __VA_ARGS__)

constexpr Column kColumns[] = {
    text<&Invoice::id, &Invoice::mutable_id>("id", kShown, Join::kIdentity),
    text<&Invoice::stripe_invoice_id, &Invoice::mutable_stripe_invoice_id>("stripe_invoice_id", kShown,
                                                                           Join::kIdentity),
    text<&Invoice::account, &Invoice::mutable_account>("account", kShown, Join::kIdentity),
    boolean<&Invoice::livemode, &Invoice::set_livemode>("livemode", kShown, Join::kIdentity),
    QUITTANCE_TEXT(stripe_customer_id, kBasic | kBilling),
    own(
        "user_id", "text", Join::kSnapshot, kBasic | kSummary,
        [](ArrayLiteral& literal, const Invoice& invoice) { literal.add_text(invoice.user().id()); },
        [](const pqxx::field& field, Invoice& invoice) {
            invoice.mutable_user()->set_id(field.c_str(), field.size());
        }),
    own(
        "user_name", "text", Join::kSnapshot, kBasic | kSummary,
        [](ArrayLiteral& literal, const Invoice& invoice) { literal.add_text(invoice.user().name()); },
        [](const pqxx::field& field, Invoice& invoice) {
            invoice.mutable_user()->set_name(field.c_str(), field.size());
        }),
    QUITTANCE_TEXT(team_id),
    QUITTANCE_TEXT(status, kShown),
    QUITTANCE_TEXT(currency, kShown),
    QUITTANCE_INTEGER(amount_minor, kShown),
    QUITTANCE_INTEGER(amount_due_minor),
    QUITTANCE_INTEGER(amount_paid_minor, kShown),
    QUITTANCE_INTEGER(amount_remaining_minor),
    QUITTANCE_INTEGER(subtotal_minor, kBasic | kBilling),
    QUITTANCE_INTEGER(total_minor),
    QUITTANCE_INTEGER(tax_minor, kBasic | kBilling),
    QUITTANCE_INTEGER(pre_payment_credit_notes_minor),
    QUITTANCE_INTEGER(post_payment_credit_notes_minor),
    integer<&Invoice::attempt_count, &Invoice::set_attempt_count>("attempt_count", kBasic | kBilling, Join::kMaximum),
    QUITTANCE_BOOLEAN(attempted),
    time<&Invoice::has_last_payment_attempt_time, &Invoice::last_payment_attempt_time,
         &Invoice::mutable_last_payment_attempt_time>("last_payment_attempt_time", kBasic | kBilling, Join::kMaximum),
    QUITTANCE_TIME(next_payment_attempt_time),
    QUITTANCE_BOOLEAN(paid_out_of_band),
    QUITTANCE_TEXT(number),
    QUITTANCE_TEXT(hosted_invoice_url),
    QUITTANCE_TEXT(invoice_pdf_url, kShown),
    QUITTANCE_TEXT(collection_method),
    QUITTANCE_TEXT(billing_reason),
    QUITTANCE_TEXT(description),
    QUITTANCE_TEXT(customer_name),
    QUITTANCE_TEXT(customer_email),
    QUITTANCE_TEXT(default_payment_method),
    QUITTANCE_TEXT(payment_intent_id),
    QUITTANCE_TEXT(charge_id),
    QUITTANCE_TEXT(subscription_id, kBasic | kBilling),
    own(
        "metadata", "jsonb", Join::kSnapshot, kFullAlone,
        [](ArrayLiteral& literal, const Invoice& invoice) { literal.add_text(metadata_to_json(invoice)); },
        [](const pqxx::field& field, Invoice& invoice) { add_metadata_of_json(text_of(field), invoice); }),
    time<&Invoice::has_create_time, &Invoice::create_time, &Invoice::mutable_create_time>("create_time", kShown,
                                                                                          Join::kIdentity),
    time<&Invoice::has_update_time, &Invoice::update_time, &Invoice::mutable_update_time>("update_time", kShown,
                                                                                          Join::kMaximum),
    QUITTANCE_TIME(period_start, kBasic | kBilling),
    QUITTANCE_TIME(period_end, kBasic | kBilling),
    QUITTANCE_TIME(finalize_time),
    QUITTANCE_TIME(paid_time),
    QUITTANCE_TIME(void_time),
    QUITTANCE_TIME(uncollectible_time),
    own(
        "lines", "jsonb", Join::kSnapshot, kBilling,
        [](ArrayLiteral& literal, const Invoice& invoice) { literal.add_text(lines_to_json(invoice)); },
        [](const pqxx::field& field, Invoice& invoice) { add_lines_of_json(text_of(field), invoice); }),
    own(
        "list_entry", "text", Join::kEntry, kFullAlone,
        [](ArrayLiteral& literal, const Invoice& invoice) { literal.add_text(list_entry(invoice)); }, nullptr),
    QUITTANCE_BOOLEAN(lines_complete, kBasic | kBilling),
    QUITTANCE_INTEGER(line_count),
    own(
        "rank", "smallint", Join::kSnapshot, kFullAlone,
        [](ArrayLiteral& literal, const Invoice& invoice) { literal.add_integer(invoice.provenance().rank()); },
        [](const pqxx::field& field, Invoice& invoice) {
            invoice.mutable_provenance()->set_rank(static_cast<std::int32_t>(integer_of(field)));
        }),
    own(
        "event_time", "timestamptz", Join::kSnapshot, kFullAlone,
        [](ArrayLiteral& literal, const Invoice& invoice) { literal.add_time(invoice.provenance().event_time()); },
        [](const pqxx::field& field, Invoice& invoice) {
            *invoice.mutable_provenance()->mutable_event_time() = postgres::timestamp_of(text_of(field));
        }),
    own(
        "event_id", "text", Join::kSnapshot, kFullAlone,
        [](ArrayLiteral& literal, const Invoice& invoice) { literal.add_text(invoice.provenance().event_id()); },
        [](const pqxx::field& field, Invoice& invoice) { invoice.mutable_provenance()->set_event_id(field.c_str()); }),
    own(
        "refetch_needed", "boolean", Join::kFlag, kFullAlone,
        [](ArrayLiteral& literal, const Invoice& invoice) {
            literal.add_boolean(invoice.provenance().refetch_needed());
        },
        [](const pqxx::field& field, Invoice& invoice) {
            invoice.mutable_provenance()->set_refetch_needed(field.c_str()[0] == 't');
        }),
    own(
        "content_hash", "bytea", Join::kSnapshot, kFullAlone,
        [](ArrayLiteral& literal, const Invoice& invoice) { literal.add_bytes(invoice.provenance().content_hash()); },
        [](const pqxx::field& field, Invoice& invoice) {
            invoice.mutable_provenance()->set_content_hash(postgres::bytes_of(text_of(field)));
        }),
};

#undef QUITTANCE_TEXT
#undef QUITTANCE_INTEGER
#undef QUITTANCE_BOOLEAN
#undef QUITTANCE_TIME

bool shown(const Column& column, v1::View view) {
    switch (view) {
        case v1::VIEW_FULL:
            return column.read != nullptr;
        case v1::VIEW_SUMMARY:
            return (column.views & kSummary) != 0;
        case v1::VIEW_BILLING:
            return (column.views & kBilling) != 0;
        default:
            return (column.views & kBasic) != 0;
    }
}

// A view's columns, and what selects them.
struct Selection {
    explicit Selection(v1::View view) {
        for (const auto& column : kColumns) {
            if (!shown(column, view)) continue;
            columns.push_back(&column);
            list.append("i.").append(column.name).append(", ");
        }
        list.append(settlement_column());
    }

    std::vector<const Column*> columns;
    std::string list;
};

const Selection& selection_of(v1::View view) {
    static const Selection kBasicView(v1::VIEW_BASIC);
    static const Selection kFullView(v1::VIEW_FULL);
    static const Selection kSummaryView(v1::VIEW_SUMMARY);
    static const Selection kBillingView(v1::VIEW_BILLING);
    switch (view) {
        case v1::VIEW_FULL:
            return kFullView;
        case v1::VIEW_SUMMARY:
            return kSummaryView;
        case v1::VIEW_BILLING:
            return kBillingView;
        default:
            return kBasicView;
    }
}

}  // namespace

std::span<const Column> invoice_columns() {
    return kColumns;
}

v1::View answering_view(v1::View view) {
    if (view == v1::VIEW_UNSPECIFIED) return v1::VIEW_BASIC;
    // Of a caller that is newer than this store: more than it asked for, and never less.
    return std::find(kViews.begin(), kViews.end(), view) == kViews.end() ? v1::VIEW_FULL : view;
}

std::string_view select_list(v1::View view) {
    return selection_of(view).list;
}

void read_invoice(const pqxx::row& row, int first, v1::View view, v1::Invoice& invoice) {
    // An iterator is a field that moves; one made anew for each column would count references to the result.
    auto field = row.begin() + first;
    for (const auto* column : selection_of(view).columns) {
        column->read(field, invoice);
        ++field;
    }
    read_settlement(field, invoice);
}

v1::Invoice read_invoice(const pqxx::row& row, int first, v1::View view) {
    v1::Invoice invoice;
    read_invoice(row, first, view, invoice);
    return invoice;
}

}  // namespace quittance::invoice_store
