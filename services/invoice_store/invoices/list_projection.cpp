// The text is a version letter, a CRC-32 in hex, and a serialised Invoice. PostgreSQL accepts neither the byte zero nor
// invalid UTF-8 in a text. So each byte is stored as the character of that number, and zero as U+0100.
#include "invoice_store/invoices/list_projection.hpp"

#include <zlib.h>

#include <cstdint>

#include "base/json_escape.hpp"
#include "invoice_store/settlements/settlement.hpp"
#include "invoice_store/settlements/settlement_column.hpp"
#include "postgres/field.hpp"
#include "postgres/literal.hpp"

namespace quittance::invoice_store {
namespace {

// The first character. A change of what the text holds takes the next letter, and a migration replaces the trigger.
constexpr char kVersion = 'B';
constexpr std::size_t kChecksumDigits = 8;

// Sets a field to the text as a column would hold it.
void put(std::string* field, const std::string& text) {
    if (!text.empty()) *field = postgres::storable(text);
}

// VIEW_BILLING shows a line of a subscription in full, and of any other line one id.
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

// CRC-32, as hex. A damaged text must not go out: the edge could not parse the answer to the whole batch of lists.
std::string checksum_of(std::string_view text) {
    const auto sum = crc32_z(0, reinterpret_cast<const unsigned char*>(text.data()), text.size());
    std::string digits(kChecksumDigits, '0');
    for (std::size_t i = 0; i < kChecksumDigits; ++i) digits[i] = "0123456789abcdef"[sum >> (28 - 4 * i) & 15];
    return digits;
}

// The length of the part before the first byte that changes in the text: 0, or 0x80 and above.
std::size_t plain_length(std::string_view bytes) {
    auto length = base::plain_words_length(
        bytes, [](std::uint64_t word) { return (word | (word - base::kEachByte)) & base::kHighBits; });
    while (length < bytes.size() && static_cast<signed char>(bytes[length]) > 0) ++length;
    return length;
}

void append_as_text(std::string& text, std::string_view bytes) {
    while (true) {
        const auto plain = plain_length(bytes);
        text.append(bytes, 0, plain);
        if (plain == bytes.size()) return;
        const auto byte = static_cast<unsigned char>(bytes[plain]);
        bytes.remove_prefix(plain + 1);
        if (byte == 0) {
            text += "\xC4\x80";
        } else {
            text += static_cast<char>(0xC0 | byte >> 6);
            text += static_cast<char>(0x80 | (byte & 0x3F));
        }
    }
}

void set_to_bytes_of(std::string_view text, std::string& bytes) {
    bytes.clear();
    while (true) {
        const auto plain = plain_length(text);
        bytes.append(text, 0, plain);
        text.remove_prefix(plain);
        if (text.size() < 2) return;
        // The character has two bytes of UTF-8, 110xxxxx 10yyyyyy, and its number is xxxxxyyyyyy. Cut to eight bits,
        // the number is the byte; of U+0100 this leaves 0.
        const unsigned lead = static_cast<unsigned char>(text[0]) & 0x1FU;
        const unsigned tail = static_cast<unsigned char>(text[1]) & 0x3FU;
        bytes += static_cast<char>((lead << 6 | tail) & 0xFFU);
        text.remove_prefix(2);
    }
}

// The part behind version and checksum. Empty: the text is of another version, or damaged.
std::string_view contents_of(std::string_view entry) {
    constexpr std::size_t kHead = 1 + kChecksumDigits;
    if (entry.size() <= kHead || entry.front() != kVersion) return {};
    const auto text = entry.substr(kHead);
    return entry.substr(1, kChecksumDigits) == checksum_of(text) ? text : std::string_view();
}

}  // namespace

std::string ListProjection::write(const v1::Invoice& invoice) {
    v1::Invoice entry;
    put(entry.mutable_id(), invoice.id());
    put(entry.mutable_stripe_invoice_id(), invoice.stripe_invoice_id());
    put(entry.mutable_account(), invoice.account());
    entry.set_livemode(invoice.livemode());
    put(entry.mutable_stripe_customer_id(), invoice.stripe_customer_id());
    put(entry.mutable_status(), invoice.status());
    put(entry.mutable_currency(), invoice.currency());
    entry.set_amount_minor(invoice.amount_minor());
    entry.set_amount_paid_minor(invoice.amount_paid_minor());
    entry.set_subtotal_minor(invoice.subtotal_minor());
    entry.set_tax_minor(invoice.tax_minor());
    entry.set_attempt_count(invoice.attempt_count());
    if (invoice.has_last_payment_attempt_time())
        *entry.mutable_last_payment_attempt_time() = postgres::storable(invoice.last_payment_attempt_time());
    put(entry.mutable_invoice_pdf_url(), invoice.invoice_pdf_url());
    put(entry.mutable_subscription_id(), invoice.subscription_id());
    *entry.mutable_create_time() = postgres::storable(invoice.create_time());
    *entry.mutable_update_time() = postgres::storable(invoice.update_time());
    if (invoice.has_period_start()) *entry.mutable_period_start() = postgres::storable(invoice.period_start());
    if (invoice.has_period_end()) *entry.mutable_period_end() = postgres::storable(invoice.period_end());
    for (const auto& line : invoice.lines()) add_line(line, entry);
    entry.set_lines_complete(invoice.lines_complete());
    entry.set_settlement(std::string(settlement_word(entry, {})));  // without facts about payments
    const auto bytes = entry.SerializeAsString();
    std::string text;
    text.reserve(bytes.size() + bytes.size() / 4);
    append_as_text(text, bytes);
    std::string whole;
    whole.reserve(1 + kChecksumDigits + text.size());
    return whole.append(1, kVersion).append(checksum_of(text)).append(text);
}

std::string ListProjection::missing() {
    return std::string("(i.list_entry IS NULL OR i.list_entry < '") + static_cast<char>(kVersion + 1) + "')";
}

std::string_view ListProjection::sql() {
    static const std::string kList = "coalesce(i.list_entry, ''), " + std::string(settlement_column());
    return kList;
}

bool ListProjection::read(const pqxx::row& row, int first, std::string& bytes) {
    auto field = row.begin() + first;
    const auto contents = contents_of(postgres::text_of(field));
    if (contents.empty()) return false;
    set_to_bytes_of(contents, bytes);
    ++field;
    if (field.is_null()) return true;
    v1::Invoice invoice;
    if (!invoice.ParseFromString(bytes)) return false;
    read_settlement(field, invoice);
    bytes = invoice.SerializeAsString();
    return true;
}

}  // namespace quittance::invoice_store
