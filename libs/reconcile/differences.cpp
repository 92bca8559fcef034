#include "reconcile/differences.hpp"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace quittance::reconcile {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::TextFormat;
using google::protobuf::util::MessageDifferencer;

constexpr std::size_t kLongestValue = 200;

// Fields of the store, links, and counts and times that an event may know better than Stripe's invoice object.
constexpr std::array<std::string_view, 20> kNotCompared{"id",
                                                        "account",
                                                        "user",
                                                        "team_id",
                                                        "amount_minor",
                                                        "amount_refunded_minor",
                                                        "settlement",
                                                        "amount_disputed_minor",
                                                        "update_time",
                                                        "stripe_account_id",
                                                        "payment_error",
                                                        "payments",
                                                        "provenance",
                                                        "hosted_invoice_url",
                                                        "invoice_pdf_url",
                                                        "lines_complete",
                                                        "line_count",
                                                        "last_payment_attempt_time",
                                                        "paid_out_of_band",
                                                        "lines"};

// Invoices have these fields before API version 2025-03-31.basil only. They are compared if both sides have a value.
constexpr std::array<std::string_view, 4> kComparedIfBothSet{"customer_account", "payment_intent_id", "charge_id",
                                                             "subscription_id"};

bool one_of(std::string_view name, const auto& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

std::string value_of(const v1::Invoice& invoice, const FieldDescriptor& field) {
    const auto& reflection = *invoice.GetReflection();
    if (field.is_repeated()) {
        const auto size = reflection.FieldSize(invoice, &field);
        return std::to_string(size) + (size == 1 ? " entry" : " entries");
    }
    if (field.has_presence() && !reflection.HasField(invoice, &field)) return "";
    std::string text;
    TextFormat::Printer printer;
    printer.SetSingleLineMode(true);
    printer.PrintFieldValueToString(invoice, &field, -1, &text);
    if (text.size() > kLongestValue) text.resize(kLongestValue);
    return text;
}

bool is_empty(const v1::Invoice& invoice, const FieldDescriptor& field) {
    const auto& reflection = *invoice.GetReflection();
    return field.is_repeated() ? reflection.FieldSize(invoice, &field) == 0 : !reflection.HasField(invoice, &field);
}

bool differs(const v1::Invoice& left, const v1::Invoice& right, const FieldDescriptor& field) {
    return !MessageDifferencer().CompareWithFields(left, right, {&field}, {&field});
}

std::string summary(const v1::InvoiceLine& line) {
    return line.id() + " " + std::to_string(line.amount_minor()) + " " + line.currency() + " " + line.description();
}

// Compares amounts and descriptions of lines: other fields differ between API versions.
void compare_lines(const v1::Invoice& in_store, const v1::Invoice& at_stripe, std::vector<FieldDifference>& found) {
    if (!in_store.lines_complete()) {
        found.push_back({"lines", "incomplete", std::to_string(at_stripe.lines_size()) + " lines"});
        return;
    }
    if (in_store.lines_size() != at_stripe.lines_size()) {
        found.push_back({"lines", std::to_string(in_store.lines_size()) + " lines",
                         std::to_string(at_stripe.lines_size()) + " lines"});
        return;
    }
    for (int i = 0; i < in_store.lines_size(); ++i) {
        const auto ours = summary(in_store.lines(i));
        const auto theirs = summary(at_stripe.lines(i));
        if (ours != theirs) found.push_back({"lines[" + std::to_string(i) + "]", ours, theirs});
    }
}

}  // namespace

std::vector<FieldDifference> differences(const v1::Invoice& in_store, const v1::Invoice& at_stripe) {
    std::vector<FieldDifference> found;
    const auto& descriptor = *v1::Invoice::descriptor();
    for (int i = 0; i < descriptor.field_count(); ++i) {
        const auto& field = *descriptor.field(i);
        if (one_of(field.name(), kNotCompared)) continue;
        if (one_of(field.name(), kComparedIfBothSet) && (is_empty(in_store, field) || is_empty(at_stripe, field)))
            continue;
        if (differs(in_store, at_stripe, field))
            found.push_back({field.name(), value_of(in_store, field), value_of(at_stripe, field)});
    }
    compare_lines(in_store, at_stripe, found);
    return found;
}

std::string names_of(const std::vector<FieldDifference>& differences) {
    std::string names;
    for (const auto& difference : differences) names += (names.empty() ? "" : " ") + difference.field;
    return names;
}

}  // namespace quittance::reconcile
