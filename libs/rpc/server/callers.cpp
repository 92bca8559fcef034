#include "rpc/server/callers.hpp"

#include <grpc/grpc_security_constants.h>

#include <algorithm>
#include <array>
#include <boost/algorithm/string/classification.hpp>
#include <boost/algorithm/string/split.hpp>
#include <boost/algorithm/string/trim.hpp>
#include <iterator>
#include <vector>

#include "runtime/configuration.hpp"
#include "runtime/log.hpp"

namespace quittance::rpc {
namespace {

constexpr std::string_view kAll = "all";
// The properties in which gRPC lists the names of a verified certificate.
constexpr std::array<const char*, 2> kNameProperties{GRPC_PEER_DNS_PROPERTY_NAME, GRPC_PEER_URI_PROPERTY_NAME};

std::vector<std::string> parts_of(std::string_view text, const char* separator) {
    std::vector<std::string> parts;
    const std::string whole(text);
    boost::algorithm::split(parts, whole, boost::algorithm::is_any_of(separator));
    for (auto& part : parts) boost::algorithm::trim(part);
    return parts;
}

}  // namespace

std::string names_in(const grpc::AuthContext& caller) {
    std::string names;
    for (const auto* property : kNameProperties)
        for (const auto& name : caller.FindPropertyValues(property))
            names.append(names.empty() ? "" : ", ").append(name.data(), name.size());
    return names;
}

Callers::Callers(std::span<const MethodGroup> methods, runtime::Metrics& metrics) : metrics_(&metrics) {
    for (const auto& [method, group] : methods) {
        const auto at = std::find(groups_.begin(), groups_.end(), group) - groups_.begin();
        if (at == std::ssize(groups_)) groups_.push_back(group);
        methods_[method] |= Groups{1} << at;
    }
}

std::optional<Callers::Groups> Callers::groups_of_word(std::string_view word) const {
    if (word == kAll) return ~Groups{0};
    const auto found = std::find(groups_.begin(), groups_.end(), word);
    if (found == groups_.end()) return std::nullopt;
    return Groups{1} << (found - groups_.begin());
}

Callers Callers::parse(std::string_view setting, std::string_view rules, std::span<const MethodGroup> methods,
                       runtime::Metrics& metrics) {
    Callers callers(methods, metrics);
    const auto fail = [&](const std::string& problem) {
        std::string known(kAll);
        for (const auto group : callers.groups_) known.append(", ").append(group);
        throw runtime::ConfigurationError(std::string(setting) + ": " + problem +
                                          "; rules are NAME=GROUP+GROUP, comma-separated; the groups are " + known);
    };
    for (const auto& rule : parts_of(rules, ",")) {
        if (rule.empty()) continue;
        const auto equals = rule.rfind('=');
        if (equals == std::string::npos || equals == 0) fail("'" + rule + "' lacks a name or a group");
        auto& allowed = callers.names_[boost::algorithm::trim_copy(rule.substr(0, equals))];
        for (const auto& word : parts_of(rule.substr(equals + 1), "+")) {
            const auto groups = callers.groups_of_word(word);
            if (!groups) fail("there is no group '" + word + "'");
            allowed |= *groups;
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
    auto names = names_in(caller);
    if (names.empty()) names = "a caller without a name";
    metrics_
        ->counter("quittance_rpc_callers_refused_total",
                  "Calls refused because the caller's certificate does not allow the method.",
                  {{"method", call.method}})
        .increment();
    runtime::log_warn("a caller was refused",
                      {{"caller", names}, {"method", call.method}, {"request_id", call.request_id}});
    return make_status(grpc::StatusCode::PERMISSION_DENIED, names + " may not call " + call.method,
                       "caller_not_allowed");
}

}  // namespace quittance::rpc
