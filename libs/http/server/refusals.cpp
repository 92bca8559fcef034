#include "http/server/refusals.hpp"

#include <algorithm>

#include "http/client_address.hpp"
#include "http/server/problem.hpp"
#include "runtime/log.hpp"

namespace quittance::http {
namespace {

constexpr std::size_t kLongestShownName = 128;

}  // namespace

Refusals::Refusals(RefusalOptions options, runtime::Metrics& metrics)
    : options_(std::move(options)),
      metrics_(metrics),
      peers_(options_.peer_per_second, options_.peer_burst, options_.peers),
      log_lines_(options_.log_lines_per_second, options_.log_lines_per_second) {}

void Refusals::declare(std::string_view surface, std::span<const std::string_view> reasons) {
    for (const auto reason : reasons) counter(surface, reason);
}

const runtime::Counter& Refusals::counter(std::string_view surface, std::string_view reason) {
    std::pair key{std::string(surface), std::string(reason)};
    const auto found = counters_.find(key);
    if (found != counters_.end()) return found->second;
    auto fresh = metrics_.counter("quittance_refusals_total", "Requests refused because of their credentials.",
                                  {{"surface", key.first}, {"reason", key.second}});
    return counters_.emplace(std::move(key), std::move(fresh)).first->second;
}

void Refusals::note(const Request& request, const Refusal& refusal, Clock::time_point now) {
    counter(refusal.surface, refusal.reason).increment();
    if (log_lines_.take(now) != Clock::duration::zero()) {
        ++left_out_;
        return;
    }
    runtime::log_warn("a request was refused", {{"surface", refusal.surface},
                                                {"reason", refusal.reason},
                                                {"route", refusal.route},
                                                {"who", std::string_view(refusal.who).substr(0, kLongestShownName)},
                                                {"peer", client_address(request, options_.trusted_proxies).to_string()},
                                                {"request_id", request.request_id},
                                                {"left_out", std::exchange(left_out_, 0)}});
}

std::optional<std::chrono::milliseconds> Refusals::book(const Request& request, Clock::time_point now) {
    const auto peer = peer_of(client_address(request, options_.trusted_proxies));
    const auto wait = peers_.take(std::string(peer.begin(), peer.end()), now);
    if (wait == Clock::duration::zero()) return std::nullopt;
    return std::chrono::ceil<std::chrono::milliseconds>(wait);
}

Response too_many_refusals(const Request& request, std::chrono::milliseconds wait) {
    Problem problem;
    problem.status = 429;
    problem.code = "too_many_refusals";
    problem.detail =
        "Too many requests with wrong credentials came from this address; retry after the time in Retry-After.";
    problem.request_id = request.request_id;
    problem.trace_id = base::trace_id_of(request.trace);
    auto response = problem_response(problem);
    const auto seconds = std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(wait).count());
    response.headers.push_back({"Retry-After", std::to_string(seconds)});
    return response;
}

}  // namespace quittance::http
