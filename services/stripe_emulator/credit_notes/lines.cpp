// Reads the lines of a credit note: parts of the invoice's lines, and lines of its own.
#include <algorithm>
#include <boost/json/array.hpp>

#include "stripe_emulator/billing/billing.hpp"
#include "stripe_emulator/credit_notes/credit_notes.hpp"

namespace quittance::stripe_emulator {
namespace {

Result<void> read_invoice_line(const Account& account, const json::object& given, const Invoice& invoice,
                               const std::string& prefix, CreditNoteLine& line) {
    const auto id = text_of(given, "invoice_line_item");
    if (!id) return parameter_missing(parameter_name(prefix, "invoice_line_item"));
    const auto found = std::find_if(invoice.items.begin(), invoice.items.end(),
                                    [&](const std::string& item) { return account.items.find(item)->line_id == *id; });
    if (found == invoice.items.end())
        return no_such_parameter("invoice_line_item", *id, parameter_name(prefix, "invoice_line_item"));
    const auto& item = *account.items.find(*found);
    const auto& price = *account.prices.find(item.price);
    line.invoice_line = *id;
    line.description = item.description;
    line.quantity = integer_of(given, "quantity");
    if (line.quantity) {
        if (*line.quantity < 1 || *line.quantity > item.quantity)
            return invalid_request("The quantity is greater than the line's.", parameter_name(prefix, "quantity"));
        line.unit_amount_decimal = price.unit_amount_decimal;
        line.amount = multiply_decimal(price.unit_amount_decimal, *line.quantity).value_or(0);
    } else {
        line.amount = integer_of(given, "amount").value_or(item.amount);
    }
    if (line.amount < 1 || line.amount > item.amount)
        return invalid_request("The amount is greater than the line's.", parameter_name(prefix, "amount"));
    return {};
}

Result<void> read_custom_line(const json::object& given, const std::string& prefix, CreditNoteLine& line) {
    line.description = text_of(given, "description");
    if (!line.description) return parameter_missing(parameter_name(prefix, "description"));
    line.quantity = integer_of(given, "quantity").value_or(1);
    line.unit_amount_decimal = text_of(given, "unit_amount_decimal");
    if (const auto whole = integer_of(given, "unit_amount")) line.unit_amount_decimal = std::to_string(*whole);
    if (!line.unit_amount_decimal) return parameter_missing(parameter_name(prefix, "unit_amount"));
    const auto amount = multiply_decimal(*line.unit_amount_decimal, *line.quantity);
    if (!amount || *amount < 1)
        return invalid_request("Invalid positive integer", parameter_name(prefix, "unit_amount"),
                               "parameter_invalid_integer");
    line.amount = *amount;
    return {};
}

}  // namespace

Result<std::vector<CreditNoteLine>> credit_note_lines_of(Account& account, const Call& call, const Invoice& invoice) {
    std::vector<CreditNoteLine> lines;
    const auto* given = array_of(call.parameters, "lines");
    if (given == nullptr) return lines;
    for (const auto& element : *given) {
        const auto prefix = "lines[" + std::to_string(lines.size()) + ']';
        const auto& parameters = element.as_object();
        const auto type = text_of(parameters, "type");
        if (!type) return parameter_missing(parameter_name(prefix, "type"));
        if (auto refused = refuse_unemulated(parameters, prefix); !refused) return refused.error();
        CreditNoteLine line;
        line.id = account.ids.timed("cnli_1", call.cause.now.unix_seconds);
        auto read = *type == "invoice_line_item" ? read_invoice_line(account, parameters, invoice, prefix, line)
                                                 : read_custom_line(parameters, prefix, line);
        if (!read) return read.error();
        lines.push_back(std::move(line));
    }
    return lines;
}

}  // namespace quittance::stripe_emulator
