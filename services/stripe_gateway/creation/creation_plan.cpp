#include "stripe_gateway/creation/creation_plan.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <charconv>
#include <map>
#include <optional>

#include "stripe/money.hpp"

namespace quittance::stripe_gateway {

namespace {

// The index in a line's metadata; nothing for a line that the gateway did not add.
std::optional<int> index_of(const v1::InvoiceLine& line) {
    const auto found = line.metadata().find(std::string(kMetadataLine));
    if (found == line.metadata().end()) return std::nullopt;
    const auto& text = found->second;
    int index = -1;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), index);
    if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return index;
}

boost::json::object metadata_of(const CreationPlan& plan, int generation) {
    // Sorted, so that a retried request has the same bytes.
    const std::map<std::string, std::string> given(plan.request.metadata().begin(), plan.request.metadata().end());
    boost::json::object metadata;
    for (const auto& [name, value] : given) metadata[name] = value;
    // After the caller's names, so that the caller cannot override ours.
    metadata[kMetadataKey] = plan.request.idempotency_key();
    metadata[kMetadataHash] = plan.hash;
    metadata[kMetadataLines] = std::to_string(plan.line_count());
    metadata[kMetadataSum] = std::to_string(plan.sum_minor);
    metadata[kMetadataGeneration] = std::to_string(generation);
    metadata[kMetadataCollect] = collect_word(plan.collect_later);
    return metadata;
}

}  // namespace

CreationPlan make_plan(const v1::CreateInvoiceRequest& request, std::string_view account,
                       const InvoiceDefaults& defaults) {
    std::int64_t sum = 0;
    for (const auto& item : request.items()) sum += item.amount_minor();  // validated: it fits
    return CreationPlan{request,
                        stripe::normalise_currency(request.currency()).value_or(defaults.currency),
                        request.description().empty() ? defaults.description : request.description(),
                        request.footer().empty() ? defaults.footer : request.footer(),
                        request_hash(request),
                        sum,
                        request.collect() == v1::CreateInvoiceRequest::COLLECT_LATER,
                        StepKeys(account, request.idempotency_key())};
}

boost::json::object draft_parameters(const CreationPlan& plan, int generation) {
    boost::json::object parameters;
    parameters["customer"] = plan.request.stripe_customer_id();
    parameters["currency"] = plan.currency;
    parameters["auto_advance"] = false;
    parameters["collection_method"] = "charge_automatically";
    parameters["pending_invoice_items_behavior"] = "exclude";
    if (!plan.request.payment_method_id().empty())
        parameters["default_payment_method"] = plan.request.payment_method_id();
    if (!plan.description.empty()) parameters["description"] = plan.description;
    if (!plan.footer.empty()) parameters["footer"] = plan.footer;
    parameters["metadata"] = metadata_of(plan, generation);
    return parameters;
}

boost::json::object lines_parameters(const CreationPlan& plan, int batch) {
    boost::json::array lines;
    const int end = std::min(plan.line_count(), (batch + 1) * kLinesPerCall);
    for (int i = batch * kLinesPerCall; i < end; ++i) {
        const auto& item = plan.request.items(i);
        boost::json::object line;
        line["amount"] = item.amount_minor();
        line["description"] = item.name();
        line["metadata"] = boost::json::object{{kMetadataLine, std::to_string(i)}};
        lines.push_back(std::move(line));
    }
    return boost::json::object{{"lines", std::move(lines)}};
}

std::vector<int> missing_of(const CreationPlan& plan, int batch, const std::vector<v1::InvoiceLine>& present) {
    const int begin = batch * kLinesPerCall;
    const int end = std::min(plan.line_count(), begin + kLinesPerCall);
    std::vector<bool> there(static_cast<std::size_t>(end - begin), false);
    for (const auto& line : present) {
        const auto index = index_of(line);
        if (index && *index >= begin && *index < end) there[static_cast<std::size_t>(*index - begin)] = true;
    }
    std::vector<int> missing;
    for (int i = begin; i < end; ++i)
        if (!there[static_cast<std::size_t>(i - begin)]) missing.push_back(i);
    return missing;
}

std::string difference(const CreationPlan& plan, const std::vector<v1::InvoiceLine>& lines) {
    if (static_cast<int>(lines.size()) != plan.line_count())
        return "the invoice at Stripe has " + std::to_string(lines.size()) + " lines instead of " +
               std::to_string(plan.line_count());
    std::vector<bool> seen(lines.size(), false);
    std::int64_t sum = 0;
    for (const auto& line : lines) {
        const auto index = index_of(line);
        if (!index || *index < 0 || *index >= plan.line_count())
            return "a line at Stripe does not belong to the request";
        if (seen[static_cast<std::size_t>(*index)]) return "a line of the request is on the invoice twice";
        seen[static_cast<std::size_t>(*index)] = true;
        if (line.amount_minor() != plan.request.items(*index).amount_minor())
            return "a line at Stripe has another amount than the request";
        if (line.currency() != plan.currency) return "a line at Stripe has another currency than the request";
        sum += line.amount_minor();
    }
    if (sum != plan.sum_minor) return "the lines at Stripe have another sum than the request";
    return {};
}

}  // namespace quittance::stripe_gateway
