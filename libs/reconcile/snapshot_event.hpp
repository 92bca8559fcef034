// Makes an event for the store from Stripe's answer about an invoice.
#pragma once

#include "quittance/v1/invoice.pb.h"

namespace quittance::reconcile {

// An event with source REFETCH, the time of Stripe's answer and an id of its own. In the merge it stands above every
// event of an earlier second. `invoice` as the gateway read it, with account and livemode.
v1::InvoiceEvent snapshot_event(v1::Invoice invoice, const google::protobuf::Timestamp& answer_time);

}  // namespace quittance::reconcile
