#include "stripe_gateway/invoices/stripe_pages.hpp"

#include <algorithm>

#include "stripe_gateway/stripe_api/error_status.hpp"

namespace quittance::stripe_gateway {

namespace asio = boost::asio;

grpc::Status unreadable(const std::string& why) {
    return rpc::make_status(grpc::StatusCode::INTERNAL, "could not read Stripe's answer: " + why, "stripe_unreadable");
}

boost::json::object created_range(const google::protobuf::Timestamp* from, const google::protobuf::Timestamp* to) {
    boost::json::object range;
    if (from) range["gte"] = from->seconds();
    if (to) range["lt"] = to->seconds();
    return range;
}

asio::awaitable<rpc::Result<StripeAnswer>> fetch_page(Calls& calls, StripeRequest request, int page_size,
                                                      CallBudget budget) {
    constexpr int kSmaller = 4;
    for (int limit = page_size > 0 ? page_size : kLargestPage;; limit = std::max(1, limit / kSmaller)) {
        auto page = request;
        page.parameters["limit"] = limit;
        auto result = co_await calls.run(std::move(page), budget);
        const auto* none = std::get_if<NoAnswer>(&result.outcome);
        if (none && none->too_large && limit > 1) continue;
        if (!result.ok()) co_return status_of(result);
        co_return std::get<StripeAnswer>(std::move(result.outcome));
    }
}

}  // namespace quittance::stripe_gateway
