#include "rpc/service_config.hpp"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <array>

namespace quittance::rpc {
namespace {

// Health checks: a replica that is stopping or not ready reports it on a stream and gets no calls, although its
// connection still exists. A server without a health service counts as healthy.
constexpr const char* kEveryCall =
    R"("loadBalancingConfig":[{"round_robin":{}}],"healthCheckConfig":{"serviceName":""})";

// Up to four retries (gRPC's maximum) within two seconds: enough to resolve the address again and to connect to a new
// replica. The call's deadline limits all attempts together.
constexpr const char* kRetryPolicy =
    R"("retryPolicy":{"maxAttempts":5,"initialBackoff":"0.05s","maxBackoff":"1s","backoffMultiplier":4,)"
    R"("retryableStatusCodes":["UNAVAILABLE"]})";

constexpr std::array kFiles{"quittance/v1/invoice_store.proto", "quittance/v1/stripe_gateway.proto"};

void append_retryable(std::string& names, const google::protobuf::ServiceDescriptor& service) {
    for (int i = 0; i < service.method_count(); ++i) {
        const auto& method = *service.method(i);
        if (method.options().idempotency_level() == google::protobuf::MethodOptions::IDEMPOTENCY_UNKNOWN) continue;
        if (!names.empty()) names += ',';
        names += R"({"service":")" + service.full_name() + R"(","method":")" + method.name() + R"("})";
    }
}

}  // namespace

std::string service_config() {
    std::string names;
    for (const auto* name : kFiles) {
        const auto* file = google::protobuf::DescriptorPool::generated_pool()->FindFileByName(name);
        for (int i = 0; file != nullptr && i < file->service_count(); ++i) append_retryable(names, *file->service(i));
    }
    std::string config = std::string("{") + kEveryCall;
    if (!names.empty()) config += R"(,"methodConfig":[{"name":[)" + names + "]," + kRetryPolicy + "}]";
    return config + "}";
}

}  // namespace quittance::rpc
