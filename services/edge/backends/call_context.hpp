// What goes along with a call to a service behind the edge: the request it is for, how long the answer is of use, and
// what a read must show.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace quittance::edge {

struct CallContext {
    std::string request_id;
    std::chrono::system_clock::time_point deadline;
    std::string read_after;  // for `read_after` of reads: what the caller wrote or saw before; empty: nothing
};

// For `read_after` where the answer decides about money: never from a replica that lags behind.
inline constexpr const char* kLatest = "latest";

// The position of a write, in its answer, and in a later request that is to see it.
inline constexpr std::string_view kPositionHeader = "Quittance-Position";
inline constexpr std::string_view kReadAfterHeader = "Quittance-Read-After";

// A read is waited for 5 s, a call that goes on to Stripe 30 s.
CallContext read_call_context(const http::Request& request);
CallContext write_call_context(const http::Request& request);

}  // namespace quittance::edge
