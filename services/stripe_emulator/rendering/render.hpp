// Renders objects as JSON in the shape of an API version, with the exact members in Stripe's order.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "stripe_emulator/model/account.hpp"

namespace quittance::stripe_emulator {

json::object render_account(const Account& account);
json::object render(const Account& account, const Customer& customer);
json::object render(const Account& account, const PaymentMethod& method);
json::object render(const Account& account, const Price& price);
json::object render(const Account& account, const PaymentIntent& intent, Shape shape);
json::object render(const Account& account, const Charge& charge, Shape shape);
json::object render(const Account& account, const InvoicePayment& payment);
json::object render(const Account& account, const PaymentRecord& record);
json::object render(const Account& account, const SetupIntent& intent);
json::object render(const Account& account, const Refund& refund);
json::object render(const Account& account, const Dispute& dispute);
json::object render(const Account& account, const CreditNote& note, Shape shape);
json::object render(const Account& account, const WebhookEndpoint& endpoint);
json::object render(const Account& account, const Invoice& invoice, Shape shape);
// The item as an invoice item, and as a line of its invoice.
json::object render_item(const Account& account, const Item& item, Shape shape);
json::object render_line(const Account& account, const Item& item, Shape shape);
json::object render(const Account& account, const Event& event, Shape shape, std::string_view version);

// The event as reads with the account's own version show it.
json::object render_event_of_account(const Account& account, const Event& event);

// {"object":"list","data":…,"has_more":…,"url":…}
json::object render_list(json::array data, bool has_more, std::string_view url);
json::object render_deleted(std::string_view id, std::string_view kind);

// The object with that id, of any kind; nothing if there is none. For `expand`.
std::optional<json::object> render_by_id(const Account& account, std::string_view id, Shape shape);

// Pieces that both shapes of an invoice share.
json::value or_null(const OptionalText& text);
json::value or_null(const OptionalInteger& number);
std::string_view status_word(InvoiceStatus status);
const Identity& identity_of(const Account& account, const Invoice& invoice);
json::object render_lines(const Account& account, const Invoice& invoice, Shape shape);
std::string hosted_url(const Account& account, const Invoice& invoice);
std::string pdf_url(const Account& account, const Invoice& invoice);
std::int64_t starting_balance_of(const Account& account, const Invoice& invoice);
OptionalInteger automatically_finalizes_at(const Invoice& invoice);
std::int64_t amount_due_of(const Account& account, const Invoice& invoice);
json::object render_transitions(const Invoice& invoice);
json::object render_payment_settings(const Invoice& invoice);

namespace shape_2023 {
json::object invoice(const Account& account, const Invoice& invoice);
json::object line(const Account& account, const Item& item);
json::object item(const Account& account, const Item& item);
}  // namespace shape_2023

// As before it, with the members that 2024-04-10 to acacia added and renamed.
namespace shape_2024 {
json::object invoice(const Account& account, const Invoice& invoice);
json::object line(const Account& account, const Item& item);
}  // namespace shape_2024

// kBasil or kClover.
namespace shape_basil {
json::object invoice(const Account& account, const Invoice& invoice, Shape shape);
json::object line(const Account& account, const Item& item, Shape shape);
json::object item(const Account& account, const Item& item, Shape shape);
// The list that `expand[]=payments` brings.
json::object payments(const Account& account, const Invoice& invoice);
}  // namespace shape_basil

// JSON as Stripe writes it: two spaces of indentation.
std::string pretty(const json::value& value);

}  // namespace quittance::stripe_emulator
