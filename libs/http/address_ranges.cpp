#include "http/address_ranges.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace quittance::http {
namespace {

namespace ip = boost::asio::ip;

constexpr std::size_t kBitsOfAll = 128;
constexpr std::size_t kBitsOfV4 = 32;
constexpr std::size_t kBitsOfSite = 64;
constexpr std::size_t kBitsPerByte = 8;

// The bits behind the first `bits` become zero.
AddressBytes network_of(AddressBytes address, std::size_t bits) {
    for (std::size_t i = 0; i < address.size(); ++i) {
        const auto before = i * kBitsPerByte;
        const auto kept = bits > before ? std::min(bits - before, kBitsPerByte) : 0;
        address[i] = static_cast<unsigned char>(address[i] & (0xFFU << (kBitsPerByte - kept)));
    }
    return address;
}

}  // namespace

AddressBytes bytes_of(const ip::address& address) {
    return (address.is_v4() ? ip::make_address_v6(ip::v4_mapped, address.to_v4()) : address.to_v6()).to_bytes();
}

AddressBytes peer_of(const ip::address& address) {
    if (address.is_v4() || address.to_v6().is_v4_mapped()) return bytes_of(address);
    return network_of(bytes_of(address), kBitsOfSite);
}

AddressRanges::AddressRanges(std::string_view setting, const std::vector<std::string>& texts) {
    for (const auto& text : texts) {
        const auto slash = text.find('/');
        boost::system::error_code error;
        const auto address = ip::make_address(text.substr(0, slash), error);
        const auto most = address.is_v4() ? kBitsOfV4 : kBitsOfAll;
        std::size_t bits = most;
        if (!error && slash != std::string::npos) {
            const auto* end = text.data() + text.size();
            const auto [stop, wrong] = std::from_chars(text.data() + slash + 1, end, bits);
            if (wrong != std::errc() || stop != end || bits > most) error = boost::asio::error::invalid_argument;
        }
        if (error)
            throw std::runtime_error(std::string(setting) + ": '" + text +
                                     "' is no address and no range like 10.0.0.0/8");
        const auto before = kBitsOfAll - most;  // of the prefix of IPv4-mapped addresses
        ranges_.push_back({network_of(bytes_of(address), before + bits), before + bits});
    }
}

bool AddressRanges::contains(const ip::address& address) const {
    if (ranges_.empty()) return false;
    const auto bytes = bytes_of(address);
    return std::any_of(ranges_.begin(), ranges_.end(),
                       [&](const Range& range) { return network_of(bytes, range.bits) == range.network; });
}

}  // namespace quittance::http
