#include "http/client/origin.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <stdexcept>

namespace quittance::http {

Origin parse_origin(const std::string& base_url) {
    const auto parsed = boost::urls::parse_uri(base_url);
    if (!parsed || (parsed->scheme() != "https" && parsed->scheme() != "http"))
        throw std::runtime_error("a base URL must be a URL that starts with http:// or https://");
    const auto& url = *parsed;
    const auto path = url.encoded_path();
    if ((path != "" && path != "/") || url.has_query() || url.has_fragment() || url.has_userinfo())
        throw std::runtime_error("a base URL is a scheme, a host and perhaps a port, and nothing else");
    Origin origin;
    origin.tls = url.scheme() == "https";
    origin.host = url.host_address();
    origin.port = url.has_port() ? std::string(url.port()) : (origin.tls ? "443" : "80");
    origin.host_header = std::string(url.encoded_host_and_port());
    if (origin.host.empty() || (url.has_port() && url.port_number() == 0))
        throw std::runtime_error("a base URL needs a host and, after a colon, a port number");
    return origin;
}

bool is_readable_on_the_way(const Origin& origin) {
    if (origin.tls || origin.host == "localhost") return false;
    boost::system::error_code no_address;
    const auto address = boost::asio::ip::make_address(origin.host, no_address);
    return no_address || !address.is_loopback();
}

}  // namespace quittance::http
