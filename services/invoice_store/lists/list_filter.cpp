// Scope and filter become conditions. An id begins with the creation time, so a range of time is one of ids.
#include "invoice_store/lists/list_filter.hpp"

#include <algorithm>

#include "base/object_id.hpp"
#include "invoice_store/invoices/invoice_id.hpp"
#include "invoice_store/invoices/invoice_lookup.hpp"
#include "postgres/literal.hpp"

namespace quittance::invoice_store {
namespace {

constexpr std::int64_t kSecondsEnd = std::int64_t{1} << 32;  // no invoice is created then or later

// The first second at or after the time.
std::int64_t seconds_from(const google::protobuf::Timestamp& time) {
    return std::clamp<std::int64_t>(time.seconds() + (time.nanos() > 0 ? 1 : 0), 0, kSecondsEnd);
}

}  // namespace

Teams teams_of_list(const v1::ListInvoicesRequest& request) {
    Teams teams;
    if (request.has_scope() && !request.scope().all_teams()) {
        teams.all = false;
        for (const auto& team : request.scope().team_ids())
            if (base::is_object_id(team)) teams.ids.push_back(team);
        std::sort(teams.ids.begin(), teams.ids.end());
        teams.ids.erase(std::unique(teams.ids.begin(), teams.ids.end()), teams.ids.end());
    }
    const auto& wanted = request.filter().team_id();
    if (wanted.empty()) return teams;
    const bool allowed = teams.all || std::binary_search(teams.ids.begin(), teams.ids.end(), wanted);
    teams.all = false;
    teams.ids.clear();
    if (allowed) teams.ids.push_back(wanted);
    return teams;
}

void Condition::add(unsigned bit, std::string_view clause, std::string value) {
    parameters.push_back(std::move(value));
    form |= bit;
    text.append(" AND ").append(clause).append(parameter).append(std::to_string(parameters.size()));
}

TimeRange time_range_of(const v1::InvoiceFilter& filter) {
    TimeRange range;
    if (filter.has_created_from()) {
        const auto first = seconds_from(filter.created_from());
        range.from = first == kSecondsEnd ? "g" : id_prefix(first);
    }
    if (filter.has_created_to() && seconds_from(filter.created_to()) < kSecondsEnd)
        range.to = id_prefix(seconds_from(filter.created_to()));
    return range;
}

void add_filters(Condition& condition, const v1::InvoiceFilter& filter) {
    if (!filter.user_id().empty()) {
        condition.add(kUser, "i.user_id = ", filter.user_id());
        condition.text += " AND i.user_id <> ''";  // as the index has it
    }
    if (!filter.stripe_customer_id().empty())
        condition.add(kCustomer, "i.stripe_customer_id = ", filter.stripe_customer_id());
    if (!filter.status().empty()) condition.add(kStatus, "i.status = ", filter.status());
    if (!filter.account().empty()) condition.add(kAccount, "i.account = ", filter.account());
}

void add_from(Condition& condition, const TimeRange& range) {
    if (range.from) condition.add(kCreatedFrom, "i.id >= ", *range.from);
}

void add_to(Condition& condition, const TimeRange& range) {
    if (range.to) condition.add(kCreatedTo, "i.id < ", *range.to);
}

bool is_plain(const v1::InvoiceFilter& filter) {
    return filter.status().empty() && filter.user_id().empty() && filter.stripe_customer_id().empty() &&
           filter.account().empty();
}

std::string array_of(const std::vector<std::string>& texts) {
    postgres::ArrayLiteral literal;
    for (const auto& text : texts) literal.add_text(text);
    return literal.take();
}

}  // namespace quittance::invoice_store
