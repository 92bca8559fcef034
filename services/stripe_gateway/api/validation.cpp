#include "stripe_gateway/api/validation.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "stripe/money.hpp"
#include "stripe_gateway/invoices/stripe_pages.hpp"

namespace quittance::stripe_gateway {

namespace {

// Stripe's limits (reference §1, §2). Only kMostMetadata is lower: ten of Stripe's 50 metadata keys are reserved for
// Quittance.
constexpr std::size_t kLongestName = 500;
constexpr std::size_t kLongestDescription = 1500;
constexpr std::size_t kLongestFooter = 5000;
constexpr int kMostMetadata = 40;
constexpr std::size_t kLongestMetadataKey = 40;
constexpr std::size_t kLongestMetadataValue = 500;
constexpr std::size_t kLongestKey = 255;
constexpr std::size_t kLongestId = 255;
constexpr int kMostTypes = 20;

using Violations = std::vector<v1::FieldViolation>;

void add(Violations& violations, std::string field, std::string message) {
    auto& violation = violations.emplace_back();
    violation.set_field(std::move(field));
    violation.set_message(std::move(message));
}

// The number of code points. Protobuf has checked that the text is UTF-8.
std::size_t count_characters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

bool is_blank(std::string_view text) {
    return text.find_first_not_of(" \t\r\n\f\v") == std::string_view::npos;
}

void check_length(Violations& violations, const std::string& field, std::string_view text, std::size_t longest) {
    if (count_characters(text) > longest)
        add(violations, field, "must have at most " + std::to_string(longest) + " characters");
    // PostgreSQL cannot store this character, so the stored text would differ from Stripe's.
    if (text.find('\0') != std::string_view::npos) add(violations, field, "must not contain the character U+0000");
}

// Leading blanks do not matter, because they may be trimmed on the way.
bool is_reserved(std::string_view metadata_name) {
    const auto first = metadata_name.find_first_not_of(" \t\r\n\f\v");
    return first != std::string_view::npos && metadata_name.substr(first).starts_with("quittance_");
}

// An ID becomes a segment of a URL path, so it may only have the characters of Stripe's IDs.
bool is_stripe_id(std::string_view text) {
    return !text.empty() && text.size() <= kLongestId && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
}

void check_id(Violations& violations, const std::string& field, std::string_view id) {
    if (is_blank(id))
        add(violations, field, "must not be blank");
    else if (!is_stripe_id(id))
        add(violations, field, "must be a Stripe ID: letters, digits, '_' and '-'");
}

void check_key(Violations& violations, std::string_view key) {
    if (key.empty())
        add(violations, "idempotencyKey", "must be given");
    else
        check_length(violations, "idempotencyKey", key, kLongestKey);
}

void check_item(Violations& violations, const v1::CreateInvoiceItem& item, int index) {
    const auto field = "items[" + std::to_string(index) + "]";
    if (is_blank(item.name()))
        add(violations, field + ".name", "must not be blank");
    else
        check_length(violations, field + ".name", item.name(), kLongestName);
    const auto amount = item.amount_minor();
    if (amount > stripe::kLargestAmountMinor || amount < -stripe::kLargestAmountMinor)
        add(violations, field + ".amount", "must be between -999999999999 and 999999999999");
}

void check_items(Violations& violations, const v1::CreateInvoiceRequest& request) {
    if (request.items().empty()) add(violations, "items", "must have at least one item");
    if (request.items_size() > kMostItems) {
        // The items are not checked, because a response with a violation for each of a million items is of no use.
        add(violations, "items", "must have at most " + std::to_string(kMostItems) + " items");
        return;
    }
    std::optional<std::int64_t> sum = 0;
    for (int i = 0; i < request.items_size(); ++i) {
        check_item(violations, request.items(i), i);
        if (sum) sum = stripe::add(*sum, request.items(i).amount_minor());
    }
    if (!sum || *sum > stripe::kLargestAmountMinor || *sum < -stripe::kLargestAmountMinor)
        add(violations, "items", "the sum of the amounts must be between -999999999999 and 999999999999");
}

void check_metadata(Violations& violations, const v1::CreateInvoiceRequest& request) {
    if (request.metadata_size() > kMostMetadata)
        add(violations, "metadata", "must have at most " + std::to_string(kMostMetadata) + " keys");
    for (const auto& [name, value] : request.metadata()) {
        const bool forbidden = name.find_first_of(std::string_view("[]\0", 3)) != std::string::npos;
        if (is_blank(name) || forbidden || count_characters(name) > kLongestMetadataKey)
            add(violations, "metadata", "keys must have 1 to 40 characters and no brackets");
        else if (is_reserved(name))
            add(violations, "metadata", "keys that begin with quittance_ are reserved");
        else
            check_length(violations, "metadata." + name, value, kLongestMetadataValue);
    }
}

void check_action(Violations& violations, const std::string& invoice, const std::string& key) {
    check_id(violations, "invoice", invoice);
    check_key(violations, key);
}

// "invoice.paid", "invoice.*".
bool is_event_type(std::string_view type) {
    if (type.ends_with(".*")) type.remove_suffix(2);
    return !type.empty() && type.size() <= kLongestId && std::all_of(type.begin(), type.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
    });
}

// The rules that all lists share. The fields are named as in the protobuf messages, because no REST body has them.
template <class Request>
void check_list(Violations& violations, const Request& request) {
    if (request.page_size() < 0 || request.page_size() > kLargestPage)
        add(violations, "page_size", "must be between 0 and 100");
    if (!request.starting_after().empty()) check_id(violations, "starting_after", request.starting_after());
    if (request.created_from().seconds() < 0 || request.created_to().seconds() < 0)
        add(violations, "created_from", "created_from and created_to must not be before 1970");
    if (request.has_created_from() && request.has_created_to() &&
        request.created_from().seconds() > request.created_to().seconds())
        add(violations, "created_from", "must not be after created_to");
}

}  // namespace

std::vector<v1::FieldViolation> violations_of(const v1::CreateInvoiceRequest& request) {
    Violations violations;
    check_id(violations, "customer", request.stripe_customer_id());
    if (!request.payment_method_id().empty()) check_id(violations, "paymentMethod", request.payment_method_id());
    check_items(violations, request);
    if (!request.currency().empty() && !stripe::normalise_currency(request.currency()))
        add(violations, "currency", "must be a three-letter currency code of ISO 4217");
    check_length(violations, "description", request.description(), kLongestDescription);
    check_length(violations, "footer", request.footer(), kLongestFooter);
    check_metadata(violations, request);
    if (!v1::CreateInvoiceRequest::Collect_IsValid(request.collect()))
        add(violations, "collect", "must be now or later");
    check_key(violations, request.idempotency_key());
    if (!request.known_stripe_invoice_id().empty())
        check_id(violations, "knownStripeInvoiceId", request.known_stripe_invoice_id());
    return violations;
}

std::vector<v1::FieldViolation> violations_of(const v1::RetrieveInvoiceRequest& request) {
    Violations violations;
    check_id(violations, "invoice", request.stripe_invoice_id());
    return violations;
}

std::vector<v1::FieldViolation> violations_of(const v1::PayInvoiceRequest& request) {
    Violations violations;
    check_id(violations, "invoice", request.stripe_invoice_id());
    if (!request.payment_method_id().empty()) check_id(violations, "paymentMethod", request.payment_method_id());
    check_key(violations, request.idempotency_key());
    return violations;
}

std::vector<v1::FieldViolation> violations_of(const v1::FinalizeInvoiceRequest& request) {
    Violations violations;
    check_action(violations, request.stripe_invoice_id(), request.idempotency_key());
    return violations;
}

std::vector<v1::FieldViolation> violations_of(const v1::VoidInvoiceRequest& request) {
    Violations violations;
    check_action(violations, request.stripe_invoice_id(), request.idempotency_key());
    return violations;
}

std::vector<v1::FieldViolation> violations_of(const v1::MarkInvoiceUncollectibleRequest& request) {
    Violations violations;
    check_action(violations, request.stripe_invoice_id(), request.idempotency_key());
    return violations;
}

std::vector<v1::FieldViolation> violations_of(const v1::SendInvoiceRequest& request) {
    Violations violations;
    check_action(violations, request.stripe_invoice_id(), request.idempotency_key());
    return violations;
}

std::vector<v1::FieldViolation> violations_of(const v1::ListStripeEventsRequest& request) {
    Violations violations;
    check_list(violations, request);
    if (request.types_size() > kMostTypes)
        add(violations, "types", "must have at most " + std::to_string(kMostTypes) + " types");
    if (!std::all_of(request.types().begin(), request.types().end(), is_event_type))
        add(violations, "types", "must be Stripe event types; a type may end in .*");
    return violations;
}

std::vector<v1::FieldViolation> violations_of(const v1::ListStripeInvoicesRequest& request) {
    Violations violations;
    check_list(violations, request);
    if (!request.status().empty() && !is_stripe_id(request.status()))
        add(violations, "status", "must be a Stripe invoice status");
    return violations;
}

std::vector<v1::FieldViolation> violations_of(const v1::FindPaidInvoiceRequest& request) {
    Violations violations;
    if (request.payment_intent_id().empty() == request.charge_id().empty())
        add(violations, "payment_intent_id", "exactly one of payment_intent_id and charge_id must be given");
    else if (!request.payment_intent_id().empty())
        check_id(violations, "payment_intent_id", request.payment_intent_id());
    else
        check_id(violations, "charge_id", request.charge_id());
    return violations;
}

std::vector<v1::FieldViolation> violations_of(const v1::RetrieveStripeEventRequest& request) {
    Violations violations;
    check_id(violations, "event_id", request.event_id());
    return violations;
}

std::vector<v1::FieldViolation> violations_of(const v1::ListStripePaymentFactsRequest& request) {
    Violations violations;
    check_list(violations, request);
    if (!request.payment_intent_id().empty()) check_id(violations, "payment_intent_id", request.payment_intent_id());
    if (!request.charge_id().empty()) check_id(violations, "charge_id", request.charge_id());
    return violations;
}

}  // namespace quittance::stripe_gateway
