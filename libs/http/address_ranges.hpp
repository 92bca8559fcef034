// Ranges of IP addresses, such as those of the proxies in front of a service.
#pragma once

#include <array>
#include <boost/asio/ip/address.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace quittance::http {

// An address in 16 bytes, IPv4 as an IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2).
using AddressBytes = std::array<unsigned char, 16>;

AddressBytes bytes_of(const boost::asio::ip::address& address);

// Whose connections and requests count as those of one peer: an IPv4 address, or the /64 network of an IPv6 address,
// which is the smallest that a site gets (RFC 6177).
AddressBytes peer_of(const boost::asio::ip::address& address);

class AddressRanges {
  public:
    // None: no address is in them.
    AddressRanges() = default;
    // `texts`: "192.0.2.1", "10.0.0.0/8", "2001:db8::/32". Throws std::runtime_error with the name of the setting and
    // the text that is no address and no range.
    AddressRanges(std::string_view setting, const std::vector<std::string>& texts);

    bool contains(const boost::asio::ip::address& address) const;

  private:
    struct Range {
        AddressBytes network{};
        std::size_t bits = 0;  // of the network part
    };
    std::vector<Range> ranges_;
};

}  // namespace quittance::http
