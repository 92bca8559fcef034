#include "rpc/server/open_connections.hpp"

#include <arpa/inet.h>

#include <array>
#include <cstring>
#include <iterator>

namespace quittance::rpc {

std::uint64_t socket_cookie(int descriptor) {
    std::uint64_t cookie = 0;
    socklen_t size = sizeof(cookie);
    return ::getsockopt(descriptor, SOL_SOCKET, SO_COOKIE, &cookie, &size) == 0 ? cookie : 0;
}

std::string address_text(const sockaddr_storage& peer) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (peer.ss_family == AF_INET) {
        sockaddr_in address{};
        std::memcpy(&address, &peer, sizeof(address));
        ::inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size());
    } else if (peer.ss_family == AF_INET6) {
        sockaddr_in6 address{};
        std::memcpy(&address, &peer, sizeof(address));
        constexpr std::size_t kPrefix = 12;  // of an IPv4 address within an IPv6 one
        if (IN6_IS_ADDR_V4MAPPED(&address.sin6_addr))
            ::inet_ntop(AF_INET, &address.sin6_addr.s6_addr[kPrefix], text.data(), text.size());
        else
            ::inet_ntop(AF_INET6, &address.sin6_addr, text.data(), text.size());
    }
    return text.data();
}

void OpenConnections::add(int descriptor, const std::string& address) {
    const auto before = open_.find(descriptor);
    if (before != open_.end()) forget(before);
    open_.emplace(descriptor, Connection{socket_cookie(descriptor), address});
    ++by_address_[address];
}

void OpenConnections::forget_closed() {
    for (auto connection = open_.begin(); connection != open_.end();) {
        const auto next = std::next(connection);
        if (socket_cookie(connection->first) != connection->second.cookie) forget(connection);
        connection = next;
    }
}

std::size_t OpenConnections::of(const std::string& address) const {
    const auto found = by_address_.find(address);
    return found == by_address_.end() ? 0 : found->second;
}

void OpenConnections::forget(std::unordered_map<int, Connection>::iterator connection) {
    const auto address = by_address_.find(connection->second.address);
    if (--address->second == 0) by_address_.erase(address);
    open_.erase(connection);
}

}  // namespace quittance::rpc
