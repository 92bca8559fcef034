// Whose request it is, where proxies stand in front of a service.
#pragma once

#include <boost/asio/ip/address.hpp>

#include "http/address_ranges.hpp"
#include "http/message.hpp"

namespace quittance::http {

// The address of the client. That is the socket's peer, unless the peer is a trusted proxy. Then it is the last address
// in X-Forwarded-For that no trusted proxy has: whatever stands before it, the client may have written itself. At most
// 16 proxies are followed. An unspecified address if the request has none.
boost::asio::ip::address client_address(const Request& request, const AddressRanges& trusted_proxies);

}  // namespace quittance::http
