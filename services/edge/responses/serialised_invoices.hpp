// The invoices in the answer to a list, one after the other, as messages or serialised.
#pragma once

#include <google/protobuf/arena.h>
#include <google/protobuf/io/coded_stream.h>

#include "quittance/v1/invoice.pb.h"
#include "quittance/v1/invoice_store.pb.h"

namespace quittance::edge {

bool has_invoices(const v1::ListInvoicesResponse& list);

class ListedInvoices {
  public:
    // `list` outlives it.
    explicit ListedInvoices(const v1::ListInvoicesResponse& list);

    // The next invoice, valid until the next call, or null after the last. Throws std::runtime_error if it cannot be
    // read.
    const v1::Invoice* next();

  private:
    const v1::ListInvoicesResponse& list_;
    int given_ = 0;  // how many of the messages next() has returned
    google::protobuf::io::CodedInputStream serialised_;
    google::protobuf::Arena arena_;
    v1::Invoice* invoice_;  // parsed into again for each invoice, so that its strings keep their memory
};

}  // namespace quittance::edge
