#include "rpc/server/read_guard.hpp"

#include <dlfcn.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <unordered_map>
#include <utility>

#include "rpc/server/header_blocks.hpp"
#include "rpc/server/open_connections.hpp"

namespace quittance::rpc {
namespace {

std::atomic<std::size_t> long_headers{0};
std::atomic<std::size_t> floods{0};

ResetBudget& resets() {
    static auto& budget = *new ResetBudget;  // never destroyed: threads of gRPC read until the process ends
    return budget;
}

bool fits(HeaderBlocks& blocks, const void* bytes, std::size_t size) {
    const auto verdict = blocks.take({static_cast<const std::uint8_t*>(bytes), size});
    if (verdict == HeaderBlocks::Verdict::kFits) return true;
    auto& count = verdict == HeaderBlocks::Verdict::kHeaderTooLong ? long_headers : floods;
    count.fetch_add(1, std::memory_order_relaxed);
    return false;
}

// A connection without TLS. One thread at a time reads it, so the state needs no lock.
struct PlainConnection {
    std::uint64_t cookie;
    HeaderBlocks blocks{kMostHeaderBytes, resets()};
};

// By descriptor. gRPC closes descriptors without a word, and another socket may have the number then: the cookie tells.
struct PlainConnections {
    std::shared_mutex mutex;
    std::unordered_map<int, std::shared_ptr<PlainConnection>> by_descriptor;

    std::shared_ptr<PlainConnection> find(int descriptor) {
        std::shared_lock lock(mutex);
        const auto found = by_descriptor.find(descriptor);
        if (found == by_descriptor.end()) return nullptr;
        auto connection = found->second;
        lock.unlock();
        return connection->cookie == socket_cookie(descriptor) ? connection : nullptr;
    }
};

PlainConnections& plain() {
    static auto& connections = *new PlainConnections;  // never destroyed: threads of gRPC read until the process ends
    return connections;
}

bool fits(HeaderBlocks& blocks, const msghdr& message, std::size_t size) {
    for (std::size_t i = 0; i < message.msg_iovlen && size > 0; ++i) {
        const auto& part = message.msg_iov[i];
        const auto taken = std::min(size, part.iov_len);
        if (!fits(blocks, part.iov_base, taken)) return false;
        size -= taken;
    }
    return true;
}

int blocks_index() {
    static const int kIndex = SSL_get_ex_new_index(
        0, nullptr, nullptr, nullptr,
        [](void*, void* value, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<HeaderBlocks*>(value); });
    return kIndex;
}

HeaderBlocks* blocks_of(SSL* session) {
    if (SSL_is_server(session) == 0) return nullptr;
    auto* known = static_cast<HeaderBlocks*>(SSL_get_ex_data(session, blocks_index()));
    if (known != nullptr) return known;
    auto made = std::make_unique<HeaderBlocks>(kMostHeaderBytes, resets());
    return SSL_set_ex_data(session, blocks_index(), made.get()) == 1 ? made.release() : nullptr;
}

}  // namespace

void guard_plain_connection(int descriptor) {
    auto connection = std::make_shared<PlainConnection>(PlainConnection{socket_cookie(descriptor)});
    auto& connections = plain();
    const std::unique_lock lock(connections.mutex);
    connections.by_descriptor[descriptor] = std::move(connection);
}

std::size_t endless_headers() {
    return long_headers.load(std::memory_order_relaxed);
}

std::size_t reset_floods() {
    return floods.load(std::memory_order_relaxed);
}

}  // namespace quittance::rpc

// In the place of the C library's and OpenSSL's functions for the whole program.
extern "C" {

ssize_t recvmsg(int descriptor, msghdr* message, int flags) {
    const auto size = ::syscall(SYS_recvmsg, descriptor, message, flags);
    if (size <= 0) return size;
    const auto connection = quittance::rpc::plain().find(descriptor);
    if (!connection || quittance::rpc::fits(connection->blocks, *message, static_cast<std::size_t>(size))) return size;
    errno = ECONNRESET;
    return -1;
}

int SSL_read(SSL* session, void* buffer, int size) {  // NOLINT(readability-identifier-naming): OpenSSL's name
    static const auto kRead = reinterpret_cast<int (*)(SSL*, void*, int)>(::dlsym(RTLD_NEXT, "SSL_read"));
    const int got = kRead(session, buffer, size);
    if (got <= 0) return got;
    auto* blocks = quittance::rpc::blocks_of(session);
    if (blocks == nullptr || quittance::rpc::fits(*blocks, buffer, static_cast<std::size_t>(got))) return got;
    ERR_raise(ERR_LIB_USER, ERR_R_OPERATION_FAIL);
    return -1;
}

}  // extern "C"
