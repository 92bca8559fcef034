// Counts the open connections of a listener, in all and by address. gRPC owns the descriptors and does not say when it
// closes one. The kernel gives each socket a number of its own (SO_COOKIE): a descriptor with another number, or none,
// is another file by now.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>

namespace quittance::rpc {

// "192.0.2.7" or "2001:db8::7", without the port. An IPv4 address that came in over IPv6 is written as IPv4.
std::string address_text(const sockaddr_storage& peer);

// The kernel's number of a socket, other than that of any other socket. 0: the descriptor is no socket.
std::uint64_t socket_cookie(int descriptor);

class OpenConnections {
  public:
    // Notes a connection. A descriptor that is noted already stands for a connection that was closed meanwhile.
    void add(int descriptor, const std::string& address);
    // Forgets the connections that were closed meanwhile. Costs a system call for each connection.
    void forget_closed();

    // These may be too high until forget_closed(), never too low.
    std::size_t all() const { return open_.size(); }
    std::size_t of(const std::string& address) const;

  private:
    struct Connection {
        std::uint64_t cookie;
        std::string address;
    };
    void forget(std::unordered_map<int, Connection>::iterator connection);

    std::unordered_map<int, Connection> open_;
    std::map<std::string, std::size_t> by_address_;
};

}  // namespace quittance::rpc
