#include "http/client_address.hpp"

#include <optional>
#include <string>
#include <string_view>

#include "base/text.hpp"

namespace quittance::http {
namespace {

namespace ip = boost::asio::ip;

constexpr int kMostProxies = 16;

std::optional<ip::address> read_address(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return std::nullopt;
    boost::system::error_code error;
    const auto address =
        ip::make_address(std::string(text.substr(first, text.find_last_not_of(" \t") - first + 1)), error);
    if (error) return std::nullopt;
    return address;
}

// The fields of X-Forwarded-For as one list.
std::string forwarded_for(const Request& request) {
    std::string list;
    for (const auto& header : request.headers)
        if (base::equal_ignoring_case(header.name, "X-Forwarded-For")) list += (list.empty() ? "" : ",") + header.value;
    return list;
}

}  // namespace

ip::address client_address(const Request& request, const AddressRanges& trusted_proxies) {
    const auto& peer = request.peer_address;
    auto address = read_address(std::string_view(peer).substr(0, peer.rfind(':'))).value_or(ip::address());
    if (!trusted_proxies.contains(address)) return address;
    const auto list = forwarded_for(request);
    std::string_view rest = list;
    for (int i = 0; i < kMostProxies && !rest.empty() && trusted_proxies.contains(address); ++i) {
        const auto comma = rest.rfind(',');
        const auto before = read_address(comma == std::string_view::npos ? rest : rest.substr(comma + 1));
        if (!before) break;
        address = *before;
        rest = rest.substr(0, comma == std::string_view::npos ? 0 : comma);
    }
    return address;
}

}  // namespace quittance::http
