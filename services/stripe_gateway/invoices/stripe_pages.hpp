// Pages of Stripe's lists that may be larger than one answer of ours or Stripe's may be.
#pragma once

#include <google/protobuf/timestamp.pb.h>

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include "rpc/status.hpp"
#include "stripe_gateway/stripe_api/stripe_calls.hpp"

namespace quittance::stripe_gateway {

constexpr int kLargestPage = 100;  // Stripe's limit
// What one answer of ours holds before it is cut: gRPC takes 8 MiB, and the last element may still be large.
constexpr std::size_t kPageBytes = 5 * 1024 * 1024;

// INTERNAL, reason "stripe_unreadable".
grpc::Status unreadable(const std::string& why);

// created[gte] and created[lt] of what is set; an empty object where neither is.
boost::json::object created_range(const google::protobuf::Timestamp* from, const google::protobuf::Timestamp* to);

// The page that `request` asks for, with at most `page_size` elements (0: as many as Stripe gives): fewer where
// Stripe's answer would be larger than we read.
boost::asio::awaitable<rpc::Result<StripeAnswer>> fetch_page(Calls& calls, StripeRequest request, int page_size,
                                                             Terms terms);

}  // namespace quittance::stripe_gateway
