// The invoices of a list's answer, one after the other, whether they came as messages or serialised.
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

    // The next one, until the next call; null: that was all. Throws std::runtime_error where it cannot be read.
    const v1::Invoice* next();

  private:
    const v1::ListInvoicesResponse& list_;
    int given_ = 0;  // of those that came as messages
    google::protobuf::io::CodedInputStream serialised_;
    google::protobuf::Arena arena_;
    v1::Invoice* invoice_;  // read anew each time: its texts keep their memory
};

}  // namespace quittance::edge
