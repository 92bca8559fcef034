// Every method of the service is in exactly one group: a new one that nobody thought of is nobody's.
#include "stripe_gateway/method_groups.hpp"

#include <google/protobuf/descriptor.h>

#include <catch2/catch.hpp>
#include <map>
#include <string>

#include "quittance/v1/stripe_gateway.pb.h"
#include "runtime/metrics.hpp"

using namespace quittance;  // NOLINT(google-build-using-namespace)

TEST_CASE("each method is in one group") {
    std::map<std::string, int> times;
    const auto* service =
        google::protobuf::DescriptorPool::generated_pool()->FindServiceByName("quittance.v1.StripeGateway");
    REQUIRE(service != nullptr);
    for (int i = 0; i < service->method_count(); ++i) times["StripeGateway." + service->method(i)->name()] = 0;
    for (const auto& group : stripe_gateway::kMethodGroups)
        for (const auto method : group.methods) ++times[std::string(method)];
    for (const auto& [method, count] : times) {
        INFO(method);
        CHECK(count == 1);
    }
    CHECK(times.size() == static_cast<std::size_t>(service->method_count()));
}

TEST_CASE("the usual clients are rules that can be read") {
    runtime::Metrics metrics;
    CHECK_NOTHROW(
        rpc::Callers::parse("ALLOWED_CLIENTS", stripe_gateway::kUsualClients, stripe_gateway::kMethodGroups, metrics));
}
