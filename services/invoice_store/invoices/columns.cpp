#include "invoice_store/invoices/columns.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "invoice_store/invoices/json_columns.hpp"
#include "invoice_store/invoices/list_projection.hpp"
#include "invoice_store/invoices/merge.hpp"
#include "invoice_store/settlements/settlement_column.hpp"
#include "postgres/field.hpp"

namespace quittance::invoice_store {
namespace {

using postgres::ArrayLiteral;
using postgres::integer_of;
using postgres::text_of;
using v1::Invoice;

// Bits of Column::views.
constexpr unsigned kBasic = 1;
constexpr unsigned kSummary = 2;
constexpr unsigned kBilling = 4;
constexpr unsigned kShown = kBasic | kSummary | kBilling;
constexpr unsigned kFullAlone = 0;  // a column without a reader is in no view

template <auto Get, auto Mutable>
constexpr Column text(const char* name, unsigned views = kBasic, MergeRule merge_rule = MergeRule::kWinner) {
    return {name,
            "text",
            merge_rule,
            views,
            [](ArrayLiteral& literal, const Invoice& invoice) { literal.add_text((invoice.*Get)()); },
            [](const pqxx::field& field, Invoice& invoice) {
                // Assigning an empty text would allocate a string.
                if (field.size() > 0) (invoice.*Mutable)()->assign(text_of(field));
            }};
}

template <auto Get, auto Set>
constexpr Column integer(const char* name, unsigned views = kBasic, MergeRule merge_rule = MergeRule::kWinner) {
    return {name,
            "bigint",
            merge_rule,
            views,
            [](ArrayLiteral& literal, const Invoice& invoice) { literal.add_integer((invoice.*Get)()); },
            [](const pqxx::field& field, Invoice& invoice) { (invoice.*Set)(integer_of(field)); }};
}

template <auto Get, auto Set>
constexpr Column boolean(const char* name, unsigned views = kBasic, MergeRule merge_rule = MergeRule::kWinner) {
    return {name,
            "boolean",
            merge_rule,
            views,
            [](ArrayLiteral& literal, const Invoice& invoice) { literal.add_boolean((invoice.*Get)()); },
            [](const pqxx::field& field, Invoice& invoice) { (invoice.*Set)(field.c_str()[0] == 't'); }};
}

template <auto Has, auto Get, auto Mutable>
constexpr Column time(const char* name, unsigned views = kBasic, MergeRule merge_rule = MergeRule::kWinner) {
    return {name,
            "timestamptz",
            merge_rule,
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

// A column that is not one plain field of the message.
constexpr Column custom_column(const char* name, const char* type, MergeRule merge_rule, unsigned views,
                               void (*add)(ArrayLiteral&, const Invoice&), void (*read)(const pqxx::field&, Invoice&)) {
    return {name, type, merge_rule, views, add, read};
}

#define QUITTANCE_TEXT(field, ...) text<&Invoice::field, &Invoice::mutable_##field>(#field __VA_OPT__(, ) __VA_ARGS__)
#define QUITTANCE_INTEGER(field, ...) integer<&Invoice::field, &Invoice::set_##field>(#field __VA_OPT__(, ) __VA_ARGS__)
#define QUITTANCE_BOOLEAN(field, ...) boolean<&Invoice::field, &Invoice::set_##field>(#field __VA_OPT__(, ) __VA_ARGS__)
#define QUITTANCE_TIME(field, ...) \
    time<&Invoice::has_##field, &Invoice::field, &Invoice::mutable_##field>(#field __VA_OPT__(, ) __VA_ARGS__)

constexpr Column kColumns[] = {
    text<&Invoice::id, &Invoice::mutable_id>("id", kShown, MergeRule::kIdentity),
    text<&Invoice::stripe_invoice_id, &Invoice::mutable_stripe_invoice_id>("stripe_invoice_id", kShown,
                                                                           MergeRule::kIdentity),
    text<&Invoice::account, &Invoice::mutable_account>("account", kShown, MergeRule::kIdentity),
    boolean<&Invoice::livemode, &Invoice::set_livemode>("livemode", kShown, MergeRule::kIdentity),
    QUITTANCE_TEXT(stripe_customer_id, kBasic | kBilling),
    custom_column(
        "user_id", "text", MergeRule::kWinner, kBasic | kSummary,
        [](ArrayLiteral& literal, const Invoice& invoice) { literal.add_text(invoice.user().id()); },
        [](const pqxx::field& field, Invoice& invoice) {
            invoice.mutable_user()->set_id(field.c_str(), field.size());
        }),
    custom_column(
        "user_name", "text", MergeRule::kWinner, kBasic | kSummary,
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
    QUITTANCE_INTEGER(attempt_count, kBasic | kBilling),
    QUITTANCE_BOOLEAN(attempted),
    custom_column(
        "last_payment_attempt_time", "timestamptz", MergeRule::kMaximum, kBasic | kBilling,
        [](ArrayLiteral& literal, const Invoice& invoice) {
            if (invoice.has_last_payment_attempt_time())
                literal.add_time(invoice.last_payment_attempt_time());
            else
                literal.add_null();
        },
        // The maximum outlives a reopening, which sets attempt_count to 0: then nothing was tried.
        [](const pqxx::field& field, Invoice& invoice) {
            if (!field.is_null() && invoice.attempt_count() > 0)
                *invoice.mutable_last_payment_attempt_time() = postgres::timestamp_of(text_of(field));
        }),
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
    QUITTANCE_TEXT(payment_intent_id, kBasic, MergeRule::kNamed),
    QUITTANCE_TEXT(charge_id, kBasic, MergeRule::kNamed),
    custom_column(
        "payment_named_time", "timestamptz", MergeRule::kNamedTime, kFullAlone,
        [](ArrayLiteral& literal, const Invoice& invoice) {
            if (invoice.payments().empty())
                literal.add_null();
            else
                literal.add_time(invoice.payments(0).create_time());
        },
        nullptr),
    QUITTANCE_TEXT(subscription_id, kBasic | kBilling),
    QUITTANCE_TEXT(stripe_account_id),
    QUITTANCE_TEXT(customer_account),
    custom_column(
        "metadata", "jsonb", MergeRule::kWinner, kFullAlone,
        [](ArrayLiteral& literal, const Invoice& invoice) { literal.add_text(metadata_to_json(invoice)); },
        [](const pqxx::field& field, Invoice& invoice) { add_metadata_of_json(text_of(field), invoice); }),
    time<&Invoice::has_create_time, &Invoice::create_time, &Invoice::mutable_create_time>("create_time", kShown,
                                                                                          MergeRule::kIdentity),
    time<&Invoice::has_update_time, &Invoice::update_time, &Invoice::mutable_update_time>("update_time", kShown,
                                                                                          MergeRule::kMaximum),
    QUITTANCE_TIME(period_start, kBasic | kBilling),
    QUITTANCE_TIME(period_end, kBasic | kBilling),
    QUITTANCE_TIME(finalize_time),
    QUITTANCE_TIME(paid_time),
    QUITTANCE_TIME(void_time),
    QUITTANCE_TIME(uncollectible_time),
    custom_column(
        "lines", "jsonb", MergeRule::kWinner, kBilling,
        [](ArrayLiteral& literal, const Invoice& invoice) { literal.add_text(lines_to_json(invoice)); },
        [](const pqxx::field& field, Invoice& invoice) { add_lines_of_json(text_of(field), invoice); }),
    custom_column(
        "list_entry", "text", MergeRule::kProjection, kFullAlone,
        [](ArrayLiteral& literal, const Invoice& invoice) { literal.add_text(ListProjection::write(invoice)); },
        nullptr),
    QUITTANCE_BOOLEAN(lines_complete, kBasic | kBilling),
    QUITTANCE_INTEGER(line_count),
    custom_column(
        "rank", "smallint", MergeRule::kWinner, kFullAlone,
        [](ArrayLiteral& literal, const Invoice& invoice) { literal.add_integer(invoice.provenance().rank()); },
        [](const pqxx::field& field, Invoice& invoice) {
            invoice.mutable_provenance()->set_rank(static_cast<std::int32_t>(integer_of(field)));
        }),
    custom_column(
        "event_time", "timestamptz", MergeRule::kWinner, kFullAlone,
        [](ArrayLiteral& literal, const Invoice& invoice) { literal.add_time(invoice.provenance().event_time()); },
        [](const pqxx::field& field, Invoice& invoice) {
            *invoice.mutable_provenance()->mutable_event_time() = postgres::timestamp_of(text_of(field));
        }),
    custom_column(
        "event_id", "text", MergeRule::kWinner, kFullAlone,
        [](ArrayLiteral& literal, const Invoice& invoice) { literal.add_text(invoice.provenance().event_id()); },
        [](const pqxx::field& field, Invoice& invoice) { invoice.mutable_provenance()->set_event_id(field.c_str()); }),
    custom_column(
        "begins_stage", "boolean", MergeRule::kWinner, kFullAlone,
        [](ArrayLiteral& literal, const Invoice& invoice) { literal.add_boolean(invoice.provenance().begins_stage()); },
        [](const pqxx::field& field, Invoice& invoice) {
            invoice.mutable_provenance()->set_begins_stage(field.c_str()[0] == 't');
        }),
    // The column has its name from a time when a contest was the only doubt.
    custom_column(
        "refetch_needed", "boolean", MergeRule::kContest, kFullAlone,
        [](ArrayLiteral& literal, const Invoice& invoice) { literal.add_boolean(invoice.provenance().contested()); },
        [](const pqxx::field& field, Invoice& invoice) {
            invoice.mutable_provenance()->set_contested(field.c_str()[0] == 't');
        }),
    custom_column(
        "furthest", "bigint", MergeRule::kFurthest, kFullAlone,
        [](ArrayLiteral& literal, const Invoice& invoice) { literal.add_integer(furthest_key(invoice.provenance())); },
        [](const pqxx::field& field, Invoice& invoice) {
            if (!field.is_null()) set_furthest(integer_of(field), *invoice.mutable_provenance());
        }),
    custom_column(
        "answer_time", "timestamptz", MergeRule::kMaximum, kFullAlone,
        [](ArrayLiteral& literal, const Invoice& invoice) {
            if (invoice.provenance().has_answer_time())
                literal.add_time(invoice.provenance().answer_time());
            else
                literal.add_null();
        },
        [](const pqxx::field& field, Invoice& invoice) {
            auto& provenance = *invoice.mutable_provenance();
            if (!field.is_null()) *provenance.mutable_answer_time() = postgres::timestamp_of(text_of(field));
            provenance.set_refetch_needed(in_doubt(provenance));  // rank, contest and furthest were read before
        }),
    custom_column(
        "content_hash", "bytea", MergeRule::kWinner, kFullAlone,
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

// The columns of a view, and their select list.
struct ViewColumns {
    explicit ViewColumns(v1::View view) {
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

const ViewColumns& columns_of(v1::View view) {
    static const ViewColumns kBasicView(v1::VIEW_BASIC);
    static const ViewColumns kFullView(v1::VIEW_FULL);
    static const ViewColumns kSummaryView(v1::VIEW_SUMMARY);
    static const ViewColumns kBillingView(v1::VIEW_BILLING);
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
    // A newer caller may ask for a view that this store does not know. It gets every field, so nothing is missing.
    return std::find(kViews.begin(), kViews.end(), view) == kViews.end() ? v1::VIEW_FULL : view;
}

std::string_view select_list(v1::View view) {
    return columns_of(view).list;
}

void read_invoice(const pqxx::row& row, int first, v1::View view, v1::Invoice& invoice) {
    // The loop moves one iterator: making a field for each column would count references to the result each time.
    auto field = row.begin() + first;
    for (const auto* column : columns_of(view).columns) {
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
