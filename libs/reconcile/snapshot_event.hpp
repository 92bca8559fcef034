// What Stripe says of an invoice when it is asked, as an event for the store.
#pragma once

#include "quittance/v1/invoice.pb.h"

namespace quittance::reconcile {

// Source REFETCH, with the time of Stripe's answer: among equal ranks it stands above every event that happened before.
// Each call makes an event with an id of its own.
// `invoice` as the gateway read it; account and livemode set.
v1::InvoiceEvent snapshot_event(v1::Invoice invoice, const google::protobuf::Timestamp& answer_time);

// The same for a draft that Stripe has no more.
v1::InvoiceEvent deletion_event(v1::Invoice row, const google::protobuf::Timestamp& answer_time);

google::protobuf::Timestamp now();

}  // namespace quittance::reconcile
