#include "invoice_store/list_entry.hpp"

#include <zlib.h>

#include <algorithm>

#include "invoice_store/settlement.hpp"
#include "invoice_store/settlement_column.hpp"
#include "invoice_store/snapshot.hpp"
#include "postgres/field.hpp"
#include "postgres/literal.hpp"

namespace quittance::invoice_store {
namespace {

using postgres::integer_of;
using postgres::text_of;

// What an entry begins with. Whatever changes what an entry holds takes the next letter, and makes the trigger anew.
constexpr char kVersion = 'A';
constexpr std::size_t kChecksumDigits = 8;
constexpr std::size_t kRestBytes = 128;  // about what is added to an entry

// A text as the columns hold it.
void put(std::string* field, const std::string& text) {
    if (!text.empty()) *field = postgres::storable(text);
}

// As VIEW_BILLING says: in full where a subscription made the line, else the id alone that names it.
void add_line(const v1::InvoiceLine& line, v1::Invoice& entry) {
    auto& shown = *entry.add_lines();
    if (line.kind() != "subscription" && line.subscription_item_id().empty()) {
        put(shown.mutable_invoice_item_id(), line.invoice_item_id());
        if (line.invoice_item_id().empty()) put(shown.mutable_id(), line.id());
        return;
    }
    put(shown.mutable_id(), line.id());
    put(shown.mutable_kind(), line.kind());
    put(shown.mutable_invoice_item_id(), line.invoice_item_id());
    put(shown.mutable_subscription_id(), line.subscription_id());
    put(shown.mutable_subscription_item_id(), line.subscription_item_id());
    put(shown.mutable_price_id(), line.price_id());
    put(shown.mutable_description(), line.description());
    put(shown.mutable_currency(), line.currency());
    shown.set_amount_minor(line.amount_minor());
}

// CRC-32, as hex. A damaged entry must not go out: the reader of a whole batch of lists could not read it.
std::string checksum_of(std::string_view text) {
    const auto sum = crc32_z(0, reinterpret_cast<const unsigned char*>(text.data()), text.size());
    std::string digits(kChecksumDigits, '0');
    for (std::size_t i = 0; i < kChecksumDigits; ++i) digits[i] = "0123456789abcdef"[sum >> (28 - 4 * i) & 15];
    return digits;
}

void append_as_text(std::string& text, std::string_view bytes) {
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte == 0) {
            text += "\xC4\x80";
        } else if (byte < 0x80) {
            text += c;
        } else {
            text += static_cast<char>(0xC0 | byte >> 6);
            text += static_cast<char>(0x80 | (byte & 0x3F));
        }
    }
}

std::string bytes_of_text(std::string_view text) {
    std::string bytes;
    bytes.reserve(text.size() + kRestBytes);
    while (!text.empty()) {
        const auto ascii = static_cast<std::size_t>(
            std::find_if(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }) -
            text.begin());
        bytes.append(text, 0, ascii);
        text.remove_prefix(ascii);
        if (text.size() < 2) break;
        // Two bytes; the lowest bit of U+0100's lead falls off the end of a byte.
        bytes +=
            static_cast<char>(static_cast<unsigned char>(text[0]) << 6 | (static_cast<unsigned char>(text[1]) & 0x3F));
        text.remove_prefix(2);
    }
    return bytes;
}

// The serialised message in an entry of this version; nothing where it is none, or damaged.
std::optional<std::string> message_in(std::string_view entry) {
    constexpr std::size_t kHead = 1 + kChecksumDigits;
    if (entry.size() <= kHead || entry.front() != kVersion) return std::nullopt;
    const auto text = entry.substr(kHead);
    if (entry.substr(1, kChecksumDigits) != checksum_of(text)) return std::nullopt;
    return bytes_of_text(text);
}

}  // namespace

std::string list_entry(const v1::Invoice& snapshot) {
    v1::Invoice entry;
    put(entry.mutable_stripe_invoice_id(), snapshot.stripe_invoice_id());
    put(entry.mutable_account(), snapshot.account());
    entry.set_livemode(snapshot.livemode());
    put(entry.mutable_stripe_customer_id(), snapshot.stripe_customer_id());
    put(entry.mutable_status(), snapshot.status());
    put(entry.mutable_currency(), snapshot.currency());
    entry.set_amount_minor(snapshot.amount_minor());
    entry.set_amount_paid_minor(snapshot.amount_paid_minor());
    entry.set_subtotal_minor(snapshot.subtotal_minor());
    entry.set_tax_minor(snapshot.tax_minor());
    put(entry.mutable_invoice_pdf_url(), snapshot.invoice_pdf_url());
    put(entry.mutable_subscription_id(), snapshot.subscription_id());
    if (snapshot.has_period_start()) *entry.mutable_period_start() = postgres::storable(snapshot.period_start());
    if (snapshot.has_period_end()) *entry.mutable_period_end() = postgres::storable(snapshot.period_end());
    for (const auto& line : snapshot.lines()) add_line(line, entry);
    entry.set_lines_complete(snapshot.lines_complete());
    entry.set_settlement(std::string(settlement_word(entry, {})));  // where nothing else is known
    std::string text;
    append_as_text(text, entry.SerializeAsString());
    return kVersion + checksum_of(text) + text;
}

std::string is_ours_to_write() {
    return std::string("(i.list_entry IS NULL OR i.list_entry < '") + static_cast<char>(kVersion + 1) + "')";
}

std::string_view entry_select_list() {
    static const std::string kList =
        "i.id, i.list_entry, i.attempt_count, timestamptz_send(i.last_payment_attempt_time),"
        " timestamptz_send(i.update_time), " +
        std::string(settlement_column());
    return kList;
}

std::optional<std::string> read_list_entry(const pqxx::row& row, int first) {
    auto field = row.begin() + first;
    const auto id = text_of(field);
    ++field;
    auto bytes = message_in(text_of(field));
    if (!bytes) return std::nullopt;
    v1::Invoice rest;
    rest.set_id(id.data(), id.size());
    rest.mutable_create_time()->set_seconds(create_second(id));
    ++field;
    rest.set_attempt_count(integer_of(field));
    ++field;
    if (!field.is_null()) *rest.mutable_last_payment_attempt_time() = postgres::timestamp_of_sent(text_of(field));
    ++field;
    *rest.mutable_update_time() = postgres::timestamp_of_sent(text_of(field));
    ++field;
    // Of two messages, one behind the other, a reader makes one that has the fields of both:
    // https://protobuf.dev/programming-guides/encoding/#last-one-wins
    rest.AppendToString(&*bytes);
    if (field.is_null()) return bytes;
    v1::Invoice invoice;
    if (!invoice.ParseFromString(*bytes)) return std::nullopt;
    read_settlement(field, invoice);
    return invoice.SerializeAsString();
}

}  // namespace quittance::invoice_store
