#include "rpc/server/callers.hpp"

#include <grpc/grpc_security_constants.h>

#include <algorithm>
#include <array>
#include <boost/algorithm/string/classification.hpp>
#include <boost/algorithm/string/split.hpp>
#include <boost/algorithm/string/trim.hpp>
#include <vector>

#include "runtime/configuration.hpp"
#include "runtime/log.hpp"

namespace quittance::rpc {
namespace {

constexpr std::string_view kAll = "all";
// What a certificate's names are called in gRPC's account of a handshake.
constexpr std::array<const char*, 2> kNameProperties{GRPC_PEER_DNS_PROPERTY_NAME, GRPC_PEER_URI_PROPERTY_NAME};

std::vector<std::string> parts_of(std::string_view text, const char* separator) {
    std::vector<std::string> parts;
    const std::string whole(text);
    boost::algorithm::split(parts, whole, boost::algorithm::is_any_of(separator));
    for (auto& part : parts) boost::algorithm::trim(part);
    return parts;
}

std::string names_in(const grpc::AuthContext& caller) {
    std::string names;
    for (const auto* property : kNameProperties)
        for (const auto& name : caller.FindPropertyValues(property))
            names.append(names.empty() ? "" : ", ").append(name.data(), name.size());
    return names.empty() ? "nobody by name" : names;
}

}  // namespace

Callers::Callers(std::span<const MethodGroup> groups, runtime::Metrics& metrics) : metrics_(&metrics) {
    for (std::size_t i = 0; i < groups.size(); ++i)
        for (const auto method : groups[i].methods) methods_[method] |= Groups{1} << i;
}

Callers Callers::parse(std::string_view setting, std::string_view rules, std::span<const MethodGroup> groups,
                       runtime::Metrics& metrics) {
    const auto fail = [&](const std::string& what) {
        std::string known(kAll);
        for (const auto& group : groups) known.append(", ").append(group.name);
        throw runtime::ConfigurationError(std::string(setting) + ": " + what +
                                          "; it is NAME=GROUP+GROUP, comma-separated, of " + known);
    };
    Callers callers(groups, metrics);
    for (const auto& rule : parts_of(rules, ",")) {
        if (rule.empty()) continue;
        const auto equals = rule.rfind('=');
        if (equals == std::string::npos || equals == 0) fail("'" + rule + "' names nobody or nothing");
        auto& allowed = callers.names_[boost::algorithm::trim_copy(rule.substr(0, equals))];
        for (const auto& word : parts_of(rule.substr(equals + 1), "+")) {
            const auto found = std::find_if(groups.begin(), groups.end(),
                                            [&word](const MethodGroup& group) { return group.name == word; });
            if (word == kAll)
                allowed = ~Groups{0};
            else if (found == groups.end())
                fail("there is no group '" + word + "'");
            else
                allowed |= Groups{1} << (found - groups.begin());
        }
    }
    return callers;
}

std::optional<grpc::Status> Callers::refuse(const Call& call, const grpc::AuthContext& caller) const {
    const auto method = methods_.find(call.method);
    if (method != methods_.end()) {
        for (const auto* property : kNameProperties) {
            for (const auto& name : caller.FindPropertyValues(property)) {
                const auto found = names_.find(std::string_view(name.data(), name.size()));
                if (found != names_.end() && (found->second & method->second) != 0) return std::nullopt;
            }
        }
    }
    const auto who = names_in(caller);
    metrics_
        ->counter("quittance_rpc_callers_refused_total",
                  "Calls refused because the caller's certificate does not allow the method.",
                  {{"method", call.method}})
        .Increment();
    runtime::log_warn("a caller was refused",
                      {{"caller", who}, {"method", call.method}, {"request_id", call.request_id}});
    return make_status(grpc::StatusCode::PERMISSION_DENIED, who + " may not call " + call.method, "caller_not_allowed");
}

}  // namespace quittance::rpc
