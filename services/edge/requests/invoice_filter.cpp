#include "edge/requests/invoice_filter.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include "edge/responses/problems.hpp"

namespace quittance::edge {
namespace {

constexpr std::array<std::string_view, 5> kStatuses{"draft", "open", "paid", "uncollectible", "void"};

// Takes `digits` decimal digits off the front, as a number within [least, most].
bool take_number(std::string_view& text, std::size_t digits, int least, int most, int& out) {
    if (text.size() < digits) return false;
    const auto number = whole_number(text.substr(0, digits));
    if (!number || *number < least || *number > most) return false;
    out = static_cast<int>(*number);
    text.remove_prefix(digits);
    return true;
}

bool take(std::string_view& text, char c) {
    if (text.empty() || text.front() != c) return false;
    text.remove_prefix(1);
    return true;
}

bool take_fraction(std::string_view& text, int& nanos) {
    constexpr std::size_t kMostDigits = 9;
    std::size_t digits = 0;
    for (nanos = 0; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits)
        if (digits < kMostDigits) nanos = nanos * 10 + (text[digits] - '0');
    if (digits == 0) return false;
    for (std::size_t i = digits; i < kMostDigits; ++i) nanos *= 10;
    text.remove_prefix(digits);
    return true;
}

// "Z" or "+hh:mm", in seconds east of UTC.
bool take_offset(std::string_view& text, int& seconds) {
    seconds = 0;
    if (take(text, 'Z') || take(text, 'z')) return true;
    const int sign = !text.empty() && text.front() == '-' ? -1 : 1;
    if (!take(text, '+') && !take(text, '-')) return false;
    int hours = 0;
    int minutes = 0;
    if (!take_number(text, 2, 0, 23, hours) || !take(text, ':') || !take_number(text, 2, 0, 59, minutes)) return false;
    seconds = sign * (hours * 3600 + minutes * 60);
    return true;
}

void read_object_id(const Query& query, const char* name, std::string& out, std::vector<http::FieldError>& errors) {
    const auto given = query.value(name);
    if (!given) return;
    if (is_object_id(*given))
        out = *given;
    else
        errors.push_back({name, "must be 24 lower-case hex digits"});
}

void read_time(const Query& query, const char* name, google::protobuf::Timestamp* out, bool& given_right,
               std::vector<http::FieldError>& errors) {
    const auto given = query.value(name);
    if (!given) return;
    if (const auto time = parse_time(*given)) {
        *out = *time;
        given_right = true;
    } else {
        errors.push_back({name, "must be a time like 2023-11-06T15:07:28Z or a day like 2023-11-06"});
    }
}

}  // namespace

std::optional<google::protobuf::Timestamp> parse_time(std::string_view text) {
    int year = 0;
    int month = 0;
    int day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
    int nanos = 0;
    int offset = 0;
    if (!take_number(text, 4, 1970, 9999, year) || !take(text, '-') || !take_number(text, 2, 1, 12, month) ||
        !take(text, '-') || !take_number(text, 2, 1, 31, day))
        return std::nullopt;
    const std::chrono::year_month_day date(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day)));
    if (!date.ok()) return std::nullopt;
    if (!text.empty()) {
        if (!(take(text, 'T') || take(text, 't') || take(text, ' ')) || !take_number(text, 2, 0, 23, hour) ||
            !take(text, ':') || !take_number(text, 2, 0, 59, minute) || !take(text, ':') ||
            !take_number(text, 2, 0, 59, second))
            return std::nullopt;
        if (take(text, '.') && !take_fraction(text, nanos)) return std::nullopt;
        if (!take_offset(text, offset) || !text.empty()) return std::nullopt;
    }
    const auto days = std::chrono::sys_days(date).time_since_epoch();
    google::protobuf::Timestamp time;
    time.set_seconds(std::chrono::duration_cast<std::chrono::seconds>(days).count() + hour * 3600 + minute * 60 +
                     second - offset);
    time.set_nanos(nanos);
    return time;
}

v1::InvoiceFilter read_filter(const Query& query, std::vector<http::FieldError>& errors) {
    v1::InvoiceFilter filter;
    if (const auto status = query.value("status")) {
        if (std::find(kStatuses.begin(), kStatuses.end(), *status) != kStatuses.end())
            filter.set_status(*status);
        else
            errors.push_back({"status", "must be draft, open, paid, uncollectible or void"});
    }
    read_object_id(query, "team", *filter.mutable_team_id(), errors);
    read_object_id(query, "user", *filter.mutable_user_id(), errors);
    if (const auto customer = query.value("customer")) {
        if (could_be_stripe_id(*customer))
            filter.set_stripe_customer_id(*customer);
        else
            errors.push_back({"customer", "must be a Stripe customer's id"});
    }
    google::protobuf::Timestamp from;
    google::protobuf::Timestamp to;
    bool has_from = false;
    bool has_to = false;
    read_time(query, "createdFrom", &from, has_from, errors);
    read_time(query, "createdTo", &to, has_to, errors);
    if (has_from) *filter.mutable_created_from() = from;
    if (has_to) *filter.mutable_created_to() = to;
    return filter;
}

}  // namespace quittance::edge
