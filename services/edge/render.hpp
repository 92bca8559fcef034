// From the message to each JSON shape of the contract: one function per shape, keys in the contract's order.
#pragma once

#include <cstdint>
#include <string>

#include "quittance/v1/invoice.pb.h"

namespace quittance::edge {

// contract/admin_get_invoice.response.json, with `currency` after its keys.
void append_admin_invoice(std::string& out, const v1::Invoice& invoice);

// contract/admin_list_invoices.response.json
template <class Invoices>
std::string admin_list(const Invoices& invoices, std::int64_t count) {
    constexpr std::size_t kAboutOneInvoice = 420;
    std::string out;
    out.reserve(32 + static_cast<std::size_t>(invoices.size()) * kAboutOneInvoice);
    out += R"({"invoices":[)";
    bool first = true;
    for (const auto& invoice : invoices) {
        if (!first) out += ',';
        first = false;
        append_admin_invoice(out, invoice);
    }
    out += R"(],"count":)";
    out += std::to_string(count);
    out += '}';
    return out;
}

// "2023-11-06T15:07:28.550Z" (RFC 3339, UTC, milliseconds).
std::string time_text(const google::protobuf::Timestamp& time);

// A JSON string literal with its quotes. `text` is valid UTF-8, as protobuf guarantees.
void append_json_string(std::string& out, std::string_view text);

}  // namespace quittance::edge
