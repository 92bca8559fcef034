// The JSON of a registration.
#pragma once

#include <string>

#include "quittance/v1/invoice_store.pb.h"

namespace quittance::edge {

// {"customer":"cus_…","user":{"_id":"…","name":"…"},"team":"…","registeredAt":"…"}
std::string customer_json(const v1::Customer& customer);

}  // namespace quittance::edge
