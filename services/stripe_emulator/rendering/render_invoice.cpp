// Renders the parts that both shapes of an invoice share: amounts, names, links, the embedded lines.
#include <algorithm>
#include <boost/json/array.hpp>

#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {
namespace {

constexpr std::size_t kEmbeddedLines = 10;

// The moment at which the clock finalises a draft: a second after its hour.
constexpr std::int64_t kFinalizesAfterSeconds = 3601;

// Of the links.
std::string mode_word(const Account& account) {
    return account.settings.livemode ? "/live_" : "/test_";
}

}  // namespace

json::object render(const Account& account, const Invoice& invoice, Shape shape) {
    if (shape == Shape::k2023) return shape_2023::invoice(account, invoice);
    if (shape == Shape::k2024) return shape_2024::invoice(account, invoice);
    return shape_basil::invoice(account, invoice, shape);
}

json::object render_item(const Account& account, const Item& item, Shape shape) {
    return is_before_basil(shape) ? shape_2023::item(account, item) : shape_basil::item(account, item, shape);
}

json::object render_line(const Account& account, const Item& item, Shape shape) {
    if (shape == Shape::k2023) return shape_2023::line(account, item);
    if (shape == Shape::k2024) return shape_2024::line(account, item);
    return shape_basil::line(account, item, shape);
}

std::string_view status_word(InvoiceStatus status) {
    switch (status) {
        case InvoiceStatus::kDraft:
            return "draft";
        case InvoiceStatus::kOpen:
            return "open";
        case InvoiceStatus::kPaid:
            return "paid";
        case InvoiceStatus::kUncollectible:
            return "uncollectible";
        case InvoiceStatus::kVoid:
            return "void";
        case InvoiceStatus::kDeleted:
            return "deleted";  // only ever seen in the event invoice.deleted
    }
    return "";
}

const Identity& identity_of(const Account& account, const Invoice& invoice) {
    if (invoice.frozen_identity) return *invoice.frozen_identity;
    return account.customers.find(invoice.customer)->identity;
}

std::int64_t starting_balance_of(const Account& account, const Invoice& invoice) {
    if (invoice.status != InvoiceStatus::kDraft) return invoice.starting_balance;
    return account.customers.find(invoice.customer)->balance;
}

std::int64_t amount_due_of(const Account& account, const Invoice& invoice) {
    if (invoice.status == InvoiceStatus::kDeleted) return 0;
    if (invoice.status != InvoiceStatus::kDraft) return invoice.amount_due - invoice.pre_payment_notes;
    return std::max<std::int64_t>(0, invoice.total + starting_balance_of(account, invoice));
}

OptionalInteger automatically_finalizes_at(const Invoice& invoice) {
    if (invoice.status != InvoiceStatus::kDraft) return std::nullopt;
    if (invoice.automatically_finalizes_at) return invoice.automatically_finalizes_at;
    if (!invoice.auto_advance) return std::nullopt;
    return invoice.created + kFinalizesAfterSeconds;
}

json::object render_lines(const Account& account, const Invoice& invoice, Shape shape) {
    json::array data;
    for (const auto& id : invoice.items) {
        if (data.size() == kEmbeddedLines) break;
        data.push_back(render_line(account, *account.items.find(id), shape));
    }
    const bool more = invoice.items.size() > data.size();
    return {{"object", "list"},
            {"data", std::move(data)},
            {"has_more", more},
            {"total_count", static_cast<std::int64_t>(invoice.items.size())},
            {"url", "/v1/invoices/" + invoice.id + "/lines"}};
}

std::string hosted_url(const Account& account, const Invoice& invoice) {
    return "https://invoice.stripe.com/i/" + account.settings.id + mode_word(account) + *invoice.link_token + "?s=ap";
}

std::string pdf_url(const Account& account, const Invoice& invoice) {
    return "https://pay.stripe.com/invoice/" + account.settings.id + mode_word(account) + *invoice.link_token +
           "/pdf?s=ap";
}

json::object render_transitions(const Invoice& invoice) {
    return {{"finalized_at", or_null(invoice.finalized_at)},
            {"marked_uncollectible_at", or_null(invoice.marked_uncollectible_at)},
            {"paid_at", or_null(invoice.paid_at)},
            {"voided_at", or_null(invoice.voided_at)}};
}

json::object render_payment_settings(const Invoice& invoice) {
    return {{"default_mandate", nullptr},
            {"payment_method_options", nullptr},
            {"payment_method_types", invoice.payment_method_types}};
}

}  // namespace quittance::stripe_emulator
