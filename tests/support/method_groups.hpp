// What must hold for the groups of methods of every gRPC service (rpc/callers.hpp).
#pragma once

#include <google/protobuf/descriptor.h>

#include <catch2/catch.hpp>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "rpc/server/callers.hpp"
#include "runtime/metrics.hpp"

namespace quittance::test {

// Every method of quittance.v1.NAME is in exactly one group: a new one that nobody thought of is nobody's.
inline void check_each_method_is_in_one_group(const std::string& name, std::span<const rpc::MethodGroup> groups) {
    std::map<std::string, int> times;
    const auto* service = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName("quittance.v1." + name);
    REQUIRE(service != nullptr);
    for (int i = 0; i < service->method_count(); ++i) times[name + "." + service->method(i)->name()] = 0;
    for (const auto& each : groups) ++times[std::string(each.method)];
    for (const auto& [method, count] : times) {
        INFO(method);
        CHECK(count == 1);
    }
    CHECK(times.size() == static_cast<std::size_t>(service->method_count()));
}

inline void check_clients_can_be_read(std::string_view clients, std::span<const rpc::MethodGroup> groups) {
    runtime::Metrics metrics;
    CHECK_NOTHROW(rpc::Callers::parse("ALLOWED_CLIENTS", clients, groups, metrics));
}

}  // namespace quittance::test
