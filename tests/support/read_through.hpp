// A list's answer with the invoices that came serialised among its others.
#pragma once

#include <stdexcept>

#include "quittance/v1/invoice_store.pb.h"

namespace quittance::test {

inline v1::ListInvoicesResponse read_through(v1::ListInvoicesResponse list) {
    const auto bytes = list.serialised_invoices();
    list.clear_serialised_invoices();
    if (!list.MergeFromString(bytes)) throw std::runtime_error("serialised_invoices cannot be read");
    return list;
}

}  // namespace quittance::test
