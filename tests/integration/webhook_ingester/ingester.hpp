// The ingester in this process, on a thread and a free port of its own, and a sender of webhooks to it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "http/message.hpp"
#include "integration/webhook_ingester/webhooks.hpp"

namespace quittance::test {

struct Answer {
    int status = 0;  // 0: there was none
    http::Headers headers;
    std::string body;
    std::chrono::milliseconds took{0};

    // The problem's `code`, or the outcome of a 200.
    std::string code() const;
};

struct IngesterOptions {
    std::string store_address;
    std::vector<std::string> secrets{kSecret};
    std::chrono::milliseconds patience{20'000};
};

class Ingester {
  public:
    explicit Ingester(const IngesterOptions& options);
    ~Ingester();  // drains
    Ingester(const Ingester&) = delete;
    Ingester& operator=(const Ingester&) = delete;

    Answer deliver(const Webhook& webhook);
    // All at once, over as many connections; the answers in the order of the webhooks. `meanwhile` runs on the calling
    // thread's side after they were sent on their way, on a thread of its own.
    std::vector<Answer> deliver_all(const std::vector<Webhook>& webhooks, std::size_t connections = 64,
                                    const std::function<void()>& meanwhile = {});
    Answer request(const std::string& method, const std::string& target, const std::string& body,
                   const http::Headers& headers);

    // A sample of the metrics' text, by its name and labels as they stand there; -1 where there is none.
    double metric(const std::string& sample) const;
    // Waits until it has at least this value; false: not within a minute.
    bool wait_for_metric(const std::string& sample, double value) const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace quittance::test
