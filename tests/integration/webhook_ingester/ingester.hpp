// The ingester in this process, on a thread and a free port of its own.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "integration/webhook_ingester/sender.hpp"
#include "rpc/client/client.hpp"
#include "webhook_ingester/webhook_api.hpp"

namespace quittance::test {

// In plaintext.
rpc::ChannelOptions channel_to(const std::string& address);

struct IngesterOptions {
    std::string store_address;
    std::vector<base::Secret> secrets{kSecret};
    std::chrono::milliseconds patience{100'000};
    std::vector<webhook_ingester::WebhookAccount> accounts{};  // instead of `secrets`
    std::string gateway_address{};                             // empty: nobody can be asked
    std::string relay_key_hashes{};                            // as EVENT_RELAY_KEY_HASHES
};

// Its account's label is "acme", unless accounts are given.
class Ingester {
  public:
    explicit Ingester(const IngesterOptions& options);
    ~Ingester();  // drains
    Ingester(const Ingester&) = delete;
    Ingester& operator=(const Ingester&) = delete;

    const Sender& sender() const;
    Answer deliver(const Webhook& webhook) const { return sender().deliver(webhook); }
    // What it was told to ask of Stripe, so far.
    std::vector<webhook_ingester::Followup> followups() const;
    double metric(const std::string& sample) const;
    bool wait_for_metric(const std::string& sample, double value) const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace quittance::test
