// Sends webhooks to an ingester, one or many at once, and keeps what it answered.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "http/message.hpp"
#include "integration/webhook_ingester/webhooks.hpp"

namespace quittance::test {

struct Answer {
    int status = 0;  // 0: there was none, and `body` says why
    http::Headers headers;
    std::string body;
    std::chrono::milliseconds took{0};

    // The problem's `code`, or the outcome of a 200.
    std::string code() const;
};

class Sender {
  public:
    explicit Sender(std::string base_url) : base_url_(std::move(base_url)) {}

    Answer deliver(const Webhook& webhook) const;
    // All at once, over as many connections; the answers in the order of the webhooks. `meanwhile` runs beside, on a
    // thread of its own.
    std::vector<Answer> deliver_all(const std::vector<Webhook>& webhooks, std::size_t connections = 64,
                                    const std::function<void()>& meanwhile = {}) const;
    Answer request(const std::string& method, const std::string& target, const std::string& body = {},
                   const http::Headers& headers = {}) const;

  private:
    std::string base_url_;
};

// A sample in the text of /metrics, by its name and labels as they stand there; -1 where there is none.
double sample_in(const std::string& metrics, const std::string& sample);

}  // namespace quittance::test
