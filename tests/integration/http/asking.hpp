// The client under test on a loop of its own, asked from the test's thread.
#pragma once

#include <memory>
#include <variant>

#include "http/client/client.hpp"
#include "integration/http/loop_thread.hpp"
#include "support/patience.hpp"

namespace quittance::test {

using Outcome = std::variant<http::ClientResponse, http::ClientFailure>;

class Asking {
  public:
    explicit Asking(http::ClientOptions options)
        : client_(std::make_unique<http::Client>(thread_.loop(), std::move(options))) {}
    ~Asking() {
        thread_.stop();
        client_.reset();
    }

    Outcome send(http::ClientRequest request, std::chrono::milliseconds time = kPatience) {
        Outcome outcome;
        thread_.run([&]() -> boost::asio::awaitable<void> {
            const auto deadline = std::chrono::steady_clock::now() + time;
            outcome = co_await client_->send(std::move(request), deadline);
        });
        return outcome;
    }
    Outcome get(const std::string& target, std::chrono::milliseconds time = kPatience) {
        return send({"GET", target, {}, {}}, time);
    }

    http::Client& client() { return *client_; }
    LoopThread& thread() { return thread_; }

  private:
    LoopThread thread_;
    std::unique_ptr<http::Client> client_;
};

// With the test's own patience for a connection, too.
inline http::ClientOptions options_for(const std::string& base_url) {
    http::ClientOptions options;
    options.base_url = base_url;
    options.connect_time = kPatience;
    return options;
}

// The status, 0 for a failure.
inline int status_of(const Outcome& outcome) {
    const auto* response = std::get_if<http::ClientResponse>(&outcome);
    return response == nullptr ? 0 : response->status;
}
inline std::string body_of(const Outcome& outcome) {
    const auto* response = std::get_if<http::ClientResponse>(&outcome);
    return response == nullptr ? "failure: " + std::get<http::ClientFailure>(outcome).reason : response->body;
}
// Throws where it is none.
inline const http::ClientFailure& failure_of(const Outcome& outcome) {
    return std::get<http::ClientFailure>(outcome);
}

}  // namespace quittance::test
