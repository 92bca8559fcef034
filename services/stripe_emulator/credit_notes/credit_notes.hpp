// Credit notes: their terms, their effects, and the calls of Stripe's API.
#pragma once

#include <cstdint>
#include <string>

#include "stripe_emulator/model/account.hpp"
#include "stripe_emulator/model/call.hpp"
#include "stripe_emulator/model/refusal.hpp"

namespace quittance::stripe_emulator {

// terms.cpp
// The invoice that the parameters name, if a credit note can be made for it.
Result<Invoice*> creditable_invoice(Account& account, const json::object& parameters);
// The note that the parameters describe, checked against the invoice. Changes nothing.
Result<CreditNote> credit_note_of(Account& account, const Call& call, const Invoice& invoice);

// lines.cpp
// The lines that the parameters describe, and none without the parameter `lines`.
Result<std::vector<CreditNoteLine>> credit_note_lines_of(Account& account, const Call& call, const Invoice& invoice);

// effects.cpp
// Numbers the note, and changes the invoice, the customer and the charges. Emits events.
CreditNote& issue(Account& account, const Cause& cause, CreditNote note, Invoice& invoice);
// Takes the effects back.
void take_back(Account& account, const Cause& cause, CreditNote& note, Invoice& invoice);
// What the invoice's charges can give back.
std::int64_t refundable_of(const Account& account, const Invoice& invoice);
void emit_note(Account& account, const Cause& cause, std::string_view type, const CreditNote& note);

// calls.cpp
Result<json::object> create_credit_note(Account& account, const Call& call);
Result<json::object> preview_credit_note(Account& account, const Call& call);
Result<json::object> preview_credit_note_lines(Account& account, const Call& call);
Result<json::object> get_credit_note(Account& account, const Call& call);
Result<json::object> list_credit_note_lines(Account& account, const Call& call);
Result<json::object> update_credit_note(Account& account, const Call& call);
Result<json::object> void_credit_note(Account& account, const Call& call);
Result<json::object> list_credit_notes(Account& account, const Call& call);

}  // namespace quittance::stripe_emulator
