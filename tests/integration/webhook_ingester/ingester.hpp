// The ingester in this process, on a thread and a free port of its own.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "integration/webhook_ingester/sender.hpp"

namespace quittance::test {

struct IngesterOptions {
    std::string store_address;
    std::vector<std::string> secrets{kSecret};
    std::chrono::milliseconds patience{20'000};
};

// Its account's label is "acme".
class Ingester {
  public:
    explicit Ingester(const IngesterOptions& options);
    ~Ingester();  // drains
    Ingester(const Ingester&) = delete;
    Ingester& operator=(const Ingester&) = delete;

    const Sender& sender() const;
    Answer deliver(const Webhook& webhook) const { return sender().deliver(webhook); }
    double metric(const std::string& sample) const;
    bool wait_for_metric(const std::string& sample, double value) const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace quittance::test
