#include "edge/render.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace quittance::edge {

void append_json_string(std::string& out, std::string_view text) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    out += '"';
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (byte < 0x20) {
            out += "\\u00";
            out += kDigits[byte >> 4U];
            out += kDigits[byte & 15U];
        } else {
            out += c;
        }
    }
    out += '"';
}

namespace {

void append_string_or_null(std::string& out, std::string_view text) {
    if (text.empty())
        out += "null";
    else
        append_json_string(out, text);
}

}  // namespace

std::string time_text(const google::protobuf::Timestamp& time) {
    constexpr int kNanosPerMilli = 1'000'000;
    const auto seconds = static_cast<std::time_t>(time.seconds());
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    std::array<char, 96> text{};
    const auto length =
        std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", utc.tm_year + 1900,
                      utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, time.nanos() / kNanosPerMilli);
    return {text.data(), static_cast<std::size_t>(length)};
}

void append_admin_invoice(std::string& out, const v1::Invoice& invoice) {
    out += R"({"_id":)";
    append_json_string(out, invoice.id());
    out += R"(,"invoiceId":)";
    append_json_string(out, invoice.stripe_invoice_id());
    // Nobody registered the customer: the user has no id of ours yet.
    out += R"(,"user":{"_id":)";
    append_string_or_null(out, invoice.user().id());
    out += R"(,"name":)";
    append_json_string(out, invoice.user().name());
    out += R"(},"status":)";
    append_json_string(out, invoice.status());
    out += R"(,"amount":)";
    out += std::to_string(invoice.amount_minor());
    out += R"(,"invoicePdf":)";
    append_string_or_null(out, invoice.invoice_pdf_url());
    out += R"(,"createdAt":")";
    out += time_text(invoice.create_time());
    out += R"(","updatedAt":")";
    out += time_text(invoice.update_time());
    out += R"(","currency":)";
    append_json_string(out, invoice.currency());
    out += '}';
}

}  // namespace quittance::edge
