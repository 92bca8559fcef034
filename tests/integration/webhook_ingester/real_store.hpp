// quittance-invoice-store as a process on a database of its own, and the rows that it keeps.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "support/postgres.hpp"
#include "support/process.hpp"

namespace quittance::test {

class RealStore {
  public:
    RealStore();

    // Stays the same over a kill() and a start().
    const std::string& address() const { return address_; }
    void kill();
    void start();

    // Every invoice's row as JSON, in the order of their ids, without the times of writing and what the row was before:
    // those are the only columns that may depend on the order in which events came.
    std::vector<std::string> rows() const;
    std::size_t inbox_size() const;
    std::size_t dead_events() const;
    // How many invoices of this id are on the list of refetches.
    std::size_t refetches_of(const std::string& stripe_invoice_id) const;

  private:
    std::size_t count(const std::string& from) const;

    Database database_;
    const std::string address_;
    std::unique_ptr<Process> process_;
};

}  // namespace quittance::test
