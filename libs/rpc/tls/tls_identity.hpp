// A process's TLS identity: its certificate, its key and the authorities that it trusts, from three files that may be
// replaced under us (Kubernetes mounts them from a Secret, cert-manager renews them). New connections, made or taken,
// use what the files held a few seconds ago, without a restart; connections that stand stay as they are.
//
// gRPC 1.51 can watch files itself, but it may pair a new key with the old certificate. It then has neither until it
// reads the files again. So we read the files, wait until a content is whole, and let gRPC watch a copy in memory.
#pragma once

#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>

#include <chrono>
#include <memory>

#include "rpc/tls/tls_material.hpp"
#include "runtime/metrics.hpp"

namespace quittance::rpc {

struct TlsIdentityOptions {
    TlsFiles files;
    // Between two reads of the files (runtime/watched_file.hpp). A new content that is not fit for use is refused, and
    // the log says why.
    std::chrono::milliseconds poll_interval{2'000};
};

class TlsIdentity {
  public:
    // Throws std::runtime_error where a file cannot be read or is not fit for use. Reads them again on a thread of its
    // own until it is destroyed.
    TlsIdentity(const TlsIdentityOptions& options, runtime::Metrics& metrics);
    ~TlsIdentity();
    TlsIdentity(const TlsIdentity&) = delete;
    TlsIdentity& operator=(const TlsIdentity&) = delete;

    // Callers must show a certificate of one of our authorities.
    std::shared_ptr<grpc::ServerCredentials> server_credentials() const;
    // Servers must show one too, for the name that was dialled.
    std::shared_ptr<grpc::ChannelCredentials> channel_credentials() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace quittance::rpc
