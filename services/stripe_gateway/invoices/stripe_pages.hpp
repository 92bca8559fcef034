// Fetches pages of Stripe's lists and keeps them below the sizes that Stripe's answers and ours may have.
#pragma once

#include <google/protobuf/timestamp.pb.h>

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include "rpc/status.hpp"
#include "stripe_gateway/stripe_api/stripe_calls.hpp"

namespace quittance::stripe_gateway {

constexpr int kLargestPage = 100;  // Stripe's limit
// An answer of ours is cut beyond this size. gRPC takes 8 MiB, and the last element may still be large.
constexpr std::size_t kPageBytes = 5 * 1024 * 1024;

// The status for an answer of Stripe that cannot be read: INTERNAL, reason "stripe_unreadable".
grpc::Status unreadable(const std::string& why);

// created[gte] from `from` and created[lt] from `to`, each if not null.
boost::json::object created_range(const google::protobuf::Timestamp* from, const google::protobuf::Timestamp* to);

// Fetches the page with at most `page_size` elements (0: as many as Stripe gives). If Stripe's answer is larger than we
// read, a smaller page is fetched.
boost::asio::awaitable<rpc::Result<StripeAnswer>> fetch_page(Calls& calls, StripeRequest request, int page_size,
                                                             CallBudget budget);

}  // namespace quittance::stripe_gateway
