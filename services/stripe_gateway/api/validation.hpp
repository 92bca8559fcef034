// The rules for the fields of each request of StripeGateway, checked before any request to Stripe. A refusal lists all
// violations, not only the first, under the names that the fields have in the REST body (`items[3].amount`).
#pragma once

#include <vector>

#include "quittance/v1/error.pb.h"
#include "quittance/v1/stripe_gateway.pb.h"

namespace quittance::stripe_gateway {

constexpr int kMostItems = 250;  // Stripe's limit for an invoice

std::vector<v1::FieldViolation> violations_of(const v1::CreateInvoiceRequest& request);
std::vector<v1::FieldViolation> violations_of(const v1::RetrieveInvoiceRequest& request);
std::vector<v1::FieldViolation> violations_of(const v1::PayInvoiceRequest& request);
std::vector<v1::FieldViolation> violations_of(const v1::FinalizeInvoiceRequest& request);
std::vector<v1::FieldViolation> violations_of(const v1::VoidInvoiceRequest& request);
std::vector<v1::FieldViolation> violations_of(const v1::MarkInvoiceUncollectibleRequest& request);
std::vector<v1::FieldViolation> violations_of(const v1::SendInvoiceRequest& request);
std::vector<v1::FieldViolation> violations_of(const v1::ListStripeEventsRequest& request);
std::vector<v1::FieldViolation> violations_of(const v1::ListStripeInvoicesRequest& request);
std::vector<v1::FieldViolation> violations_of(const v1::FindPaidInvoiceRequest& request);
std::vector<v1::FieldViolation> violations_of(const v1::RetrieveStripeEventRequest& request);
std::vector<v1::FieldViolation> violations_of(const v1::ListStripePaymentFactsRequest& request);

}  // namespace quittance::stripe_gateway
