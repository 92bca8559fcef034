// "127.0.0.1:41234" as the kernel wants it.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstdint>
#include <stdexcept>
#include <string>

namespace quittance::bench {

inline sockaddr_in socket_address(const std::string& address) {
    const auto colon = address.rfind(':');
    sockaddr_in endpoint{};
    endpoint.sin_family = AF_INET;
    if (colon == std::string::npos || inet_pton(AF_INET, address.substr(0, colon).c_str(), &endpoint.sin_addr) != 1)
        throw std::runtime_error("not an IPv4 HOST:PORT: " + address);
    endpoint.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
    return endpoint;
}

}  // namespace quittance::bench
