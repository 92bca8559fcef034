// Decides which caller may call which method. Rules map the names in a caller's certificate to groups of methods; the
// TLS handshake has verified the certificate. Metadata that a caller sends about itself has no effect.
#pragma once

#include <grpcpp/security/auth_context.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rpc/call.hpp"
#include "rpc/status.hpp"
#include "runtime/metrics.hpp"

namespace quittance::rpc {

// The group of a method: rules allow all methods of a group together.
struct MethodGroup {
    std::string_view method;  // "InvoiceStore.GetInvoice"
    std::string_view group;   // "read"
};

// The names in a caller's verified certificate, comma-separated; "" where there is none.
std::string names_in(const grpc::AuthContext& caller);

class Callers {
  public:
    // `rules` like "edge=read+register,spiffe://example.org/reports=read,operator=all". A name must equal a whole DNS
    // or URI name of the certificate. Calls that no rule allows are refused. `methods` must have static lifetime, with
    // at most 32 groups. Throws runtime::ConfigurationError, which names `setting` and the wrong part of the rules.
    static Callers parse(std::string_view setting, std::string_view rules, std::span<const MethodGroup> methods,
                         runtime::Metrics& metrics);

    // Returns nothing if a name in the caller's certificate may call this method. Otherwise logs and counts the refusal
    // and returns PERMISSION_DENIED. Callable from any thread.
    std::optional<grpc::Status> refuse(const Call& call, const grpc::AuthContext& caller) const;

  private:
    using Groups = std::uint32_t;  // one bit for each of groups_

    Callers(std::span<const MethodGroup> methods, runtime::Metrics& metrics);
    // Nothing for a name that is no group.
    std::optional<Groups> groups_of_word(std::string_view word) const;

    runtime::Metrics* metrics_;
    std::vector<std::string_view> groups_;              // each once, in the order of the methods
    std::map<std::string_view, Groups> methods_;        // the group of each method
    std::map<std::string, Groups, std::less<>> names_;  // the groups that each name may call
};

}  // namespace quittance::rpc
