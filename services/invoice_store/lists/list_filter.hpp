// What a list shows: the teams, and the conditions as SQL.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quittance/v1/invoice_store.pb.h"

namespace quittance::invoice_store {

// Whose invoices a list shows, of scope and filter together.
struct Teams {
    bool all = true;
    std::vector<std::string> ids;  // distinct; with `all` none
};
Teams teams_of_list(const v1::ListInvoicesRequest& request);

// A WHERE over `invoices i`: its text, its parameters, and a number that stands for the form of the text.
struct Condition {
    std::string parameter = "$";  // the name of a parameter, before its number
    std::string text = "NOT i.deleted";
    std::vector<std::string> parameters;
    unsigned form = 0;

    // `clause` ends where the value belongs.
    void add(unsigned bit, std::string_view clause, std::string value);
};

// Bits of Condition::form.
constexpr unsigned kOneTeam = 1;
constexpr unsigned kSeveralTeams = 2;
constexpr unsigned kUser = 4;
constexpr unsigned kCustomer = 8;
constexpr unsigned kStatus = 16;
constexpr unsigned kAccount = 32;
constexpr unsigned kCreatedFrom = 64;
constexpr unsigned kCreatedTo = 128;
constexpr unsigned kAfter = 256;
constexpr unsigned kSkip = 512;
constexpr unsigned kCounted = 1024;
constexpr unsigned kNamedStart = 2048;  // see list_batch.cpp
constexpr unsigned kFilters = 255;

// The start of ids at the bounds of the filter's range of time, where it has them: 8 hex digits, or "g", which no id
// reaches.
struct TimeRange {
    std::optional<std::string> from;  // inclusive
    std::optional<std::string> to;    // exclusive
};
TimeRange time_range_of(const v1::InvoiceFilter& filter);

// The conditions but for the teams and the range of time.
void add_filters(Condition& condition, const v1::InvoiceFilter& filter);
void add_from(Condition& condition, const TimeRange& range);
void add_to(Condition& condition, const TimeRange& range);

// True where the filter has nothing but a team and a range of time: the tree of counts knows how many there are.
bool is_plain(const v1::InvoiceFilter& filter);

// `{a,b}`, for a parameter of type text[].
std::string array_of(const std::vector<std::string>& texts);

}  // namespace quittance::invoice_store
