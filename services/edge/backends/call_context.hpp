// What a request passes on to the services behind the edge: its id, its deadline, and what a read must show.
#pragma once

#include <string>
#include <string_view>

#include "clients/invoice_store_client.hpp"
#include "http/message.hpp"

namespace quittance::edge {

using clients::kLatest;

struct CallContext : rpc::CallOptions {
    std::string read_after{};  // for `read_after` of reads: what the caller wrote or saw before; empty: nothing
};

// The position of a write: in its answer, and in a later request that has to see the write.
inline constexpr std::string_view kPositionHeader = "Quittance-Position";
inline constexpr std::string_view kReadAfterHeader = "Quittance-Read-After";

// A read has 5 s. A write has 30 s, also a registration, which needs no Stripe.
CallContext read_call_context(const http::Request& request);
CallContext write_call_context(const http::Request& request);

}  // namespace quittance::edge
