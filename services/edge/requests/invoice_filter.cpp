#include "edge/requests/invoice_filter.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include "base/object_id.hpp"
#include "base/timestamps.hpp"
#include "edge/requests/identifiers.hpp"

namespace quittance::edge {
namespace {

constexpr std::array<std::string_view, 5> kStatuses{"draft", "open", "paid", "uncollectible", "void"};

void read_object_id(const Query& query, const char* name, std::string& out, std::vector<http::FieldError>& errors) {
    const auto given = query.value(name);
    if (!given) return;
    if (base::is_object_id(*given))
        out = *given;
    else
        errors.push_back({name, "must be 24 lower-case hex digits"});
}

void read_time(const Query& query, const char* name, google::protobuf::Timestamp* out, bool& given_right,
               std::vector<http::FieldError>& errors) {
    const auto given = query.value(name);
    if (!given) return;
    if (const auto time = base::parse_rfc3339(*given)) {
        *out = *time;
        given_right = true;
    } else {
        errors.push_back({name, "must be a time like 2023-11-06T15:07:28Z or a day like 2023-11-06"});
    }
}

}  // namespace

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
            errors.push_back({"customer", "must be the id of a Stripe customer"});
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
