// What a creation is going to send to Stripe: the request with the deployment's defaults filled in, as the parameters
// of each step, and what the invoice's lines must be before it may be finalised.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "quittance/v1/invoice.pb.h"
#include "quittance/v1/stripe_gateway.pb.h"
#include "stripe_gateway/invoices/idempotency_keys.hpp"
#include "stripe_gateway/invoices/invoice_metadata.hpp"

namespace quittance::stripe_gateway {

// Lines of one add_lines call. Fifty with the longest names in a script of three bytes a character stay below half a
// mebibyte of form, and five calls fill the largest invoice; each call is atomic at Stripe and has a key of its own.
constexpr int kLinesPerCall = 50;

// What stands in an invoice where the caller says nothing.
struct InvoiceDefaults {
    std::string currency = "eur";  // lower case
    std::string description;
    std::string footer;
};

struct Plan {
    const v1::CreateInvoiceRequest& request;  // validated; outlives the plan
    std::string currency;                     // lower case
    std::string description;
    std::string footer;
    std::string hash;
    std::int64_t sum_minor;
    bool collect_later;
    StepKeys keys;

    int line_count() const { return request.items_size(); }
    int batch_count() const { return (line_count() + kLinesPerCall - 1) / kLinesPerCall; }
};

Plan make_plan(const v1::CreateInvoiceRequest& request, std::string_view account, const InvoiceDefaults& defaults);

// The draft: no automatic advance, no pending items, our metadata over the caller's.
boost::json::object draft_parameters(const Plan& plan, int generation);

// Lines of batch n (from 0), each with its index in its metadata: equal names stay distinct.
boost::json::object lines_parameters(const Plan& plan, int batch);

// The indices of the plan's lines of that batch that are not among `present`.
std::vector<int> missing_of(const Plan& plan, int batch, const std::vector<v1::InvoiceLine>& present);

// Empty if these are exactly the plan's lines, each once, with its amount and the plan's currency; else a sentence
// without values of the caller's.
std::string difference(const Plan& plan, const std::vector<v1::InvoiceLine>& lines);

}  // namespace quittance::stripe_gateway
