// A process's TLS identity: its certificate, its key and the authorities that it trusts. They come from three files
// that may be replaced while the process runs (cert-manager renews a Secret that Kubernetes mounts). New connections,
// in and out, use the new files a few seconds later, without a restart. Open connections stay as they are.
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
    // Between two reads of the files (runtime/watched_file.hpp). A new content that is not usable is refused, and the
    // log has the reason.
    std::chrono::milliseconds poll_interval{2'000};
};

class TlsIdentity {
  public:
    // Throws std::runtime_error if a file cannot be read or is not usable. Reads the files again, on a thread of its
    // own, until it is destroyed.
    TlsIdentity(const TlsIdentityOptions& options, runtime::Metrics& metrics);
    ~TlsIdentity();
    TlsIdentity(const TlsIdentity&) = delete;
    TlsIdentity& operator=(const TlsIdentity&) = delete;

    // Callers must have a certificate of one of our authorities.
    std::shared_ptr<grpc::ServerCredentials> server_credentials() const;
    // Servers must have one too, with the name that was dialled.
    std::shared_ptr<grpc::ChannelCredentials> channel_credentials() const;
    // To connect to ourselves: whatever name the server's certificate has. Never for calls.
    std::shared_ptr<grpc::ChannelCredentials> probe_credentials() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace quittance::rpc
