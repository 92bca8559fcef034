// Who may call what: the names in a caller's certificate, which the TLS handshake has verified, against groups of
// methods. Nothing that a caller says of itself in a call counts.
#pragma once

#include <grpcpp/server_context.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "rpc/call.hpp"
#include "rpc/status.hpp"
#include "runtime/metrics.hpp"

namespace quittance::rpc {

// "read" and {"InvoiceStore.GetInvoice", …}: methods that are allowed together. At most 32 of them.
struct MethodGroup {
    std::string_view name;
    std::span<const std::string_view> methods;
};

class Callers {
  public:
    // `rules` like "edge=read+register,spiffe://example.org/reports=read,operator=all". A name is one of the DNS or URI
    // names in a certificate, whole; nobody is allowed what is not said. Throws runtime::ConfigurationError, which
    // names `setting` and the part that is wrong. The groups must be constants.
    static Callers parse(std::string_view setting, std::string_view rules, std::span<const MethodGroup> groups,
                         runtime::Metrics& metrics);

    // PERMISSION_DENIED, logged and counted, unless a name in the caller's certificate may call this method. From any
    // thread.
    std::optional<grpc::Status> refuse(const Call& call, const grpc::AuthContext& caller) const;

  private:
    using Groups = std::uint32_t;  // a bit each

    Callers(std::span<const MethodGroup> groups, runtime::Metrics& metrics);

    runtime::Metrics* metrics_;
    std::map<std::string_view, Groups> methods_;
    std::map<std::string, Groups, std::less<>> names_;
};

}  // namespace quittance::rpc
