// Requests that are refused because of their credentials, or the lack of them. Each is counted, some are logged, and a
// peer that causes too many is told to wait.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/token_bucket.hpp"
#include "base/token_buckets.hpp"
#include "http/address_ranges.hpp"
#include "http/message.hpp"
#include "runtime/metrics.hpp"

namespace quittance::http {

struct RefusalOptions {
    // Proxies whose X-Forwarded-For names the peer.
    AddressRanges trusted_proxies{};
    // Refusals that one peer may cause. 0: no limit.
    double peer_per_second = 10;
    double peer_burst = 100;
    std::size_t peers = 10'000;  // remembered at most; the one idle for longest is forgotten first
    double log_lines_per_second = 10;
};

struct Refusal {
    std::string_view surface;  // "admin"
    std::string_view reason;   // "invalid_api_key": a constant, for the metric
    std::string route;         // "GET /admin/api/invoices/{id}"
    std::string who{};         // the name of a key or the subject of a token; empty if the caller is unknown
};

// For one thread: no locks.
class Refusals {
  public:
    using Clock = base::TokenBuckets::Clock;

    Refusals(RefusalOptions options, runtime::Metrics& metrics);

    // Makes the counters of these reasons, so that they are zero before the first refusal.
    void declare(std::string_view surface, std::span<const std::string_view> reasons);

    // Counts the refusal and logs it: at most `log_lines_per_second` lines, each with the number of those left out
    // before it.
    void note(const Request& request, const Refusal& refusal, Clock::time_point now = Clock::now());

    // Books a refusal of the request's peer. How long the peer must wait, if it caused too many. Then the request is
    // answered with 429. A request with the right credentials is never asked for here.
    std::optional<std::chrono::milliseconds> book(const Request& request, Clock::time_point now = Clock::now());

  private:
    const runtime::Counter& counter(std::string_view surface, std::string_view reason);

    RefusalOptions options_;
    runtime::Metrics& metrics_;
    std::map<std::pair<std::string, std::string>, runtime::Counter> counters_;
    base::TokenBuckets peers_;
    base::TokenBucket log_lines_;
    std::int64_t left_out_ = 0;
};

// 429 `too_many_refusals` with Retry-After.
Response too_many_refusals(const Request& request, std::chrono::milliseconds wait);

}  // namespace quittance::http
