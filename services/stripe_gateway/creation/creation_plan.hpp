// The plan of one creation: the request with the deployment's defaults, the parameters of each step at Stripe, and the
// check of the invoice's lines before it is finalised.
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

// The lines of one add_lines call, which is atomic at Stripe and has a key of its own. Fifty lines with the longest
// names in a script of three bytes a character stay below half a mebibyte of form. Five calls fill the largest invoice.
constexpr int kLinesPerCall = 50;

// The values of an invoice that the caller does not set.
struct InvoiceDefaults {
    std::string currency = "eur";  // lower case
    std::string description;
    std::string footer;
};

struct CreationPlan {
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

CreationPlan make_plan(const v1::CreateInvoiceRequest& request, std::string_view account,
                       const InvoiceDefaults& defaults);

// Parameters of the draft: no automatic advance, no pending items, our metadata over the caller's.
boost::json::object draft_parameters(const CreationPlan& plan, int generation);

// Parameters of add_lines for batch n (from 0). Each line has its index in its metadata, so equal names stay distinct.
boost::json::object lines_parameters(const CreationPlan& plan, int batch);

// The indices of the batch's lines that are not among `present`.
std::vector<int> missing_of(const CreationPlan& plan, int batch, const std::vector<v1::InvoiceLine>& present);

// Empty if `lines` are exactly the plan's lines, each once, with its amount and the plan's currency. Else the
// difference as a sentence that quotes no value of the caller.
std::string difference(const CreationPlan& plan, const std::vector<v1::InvoiceLine>& lines);

}  // namespace quittance::stripe_gateway
