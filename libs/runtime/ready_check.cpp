#include "runtime/ready_check.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <iostream>

namespace quittance::runtime {
namespace {

constexpr std::chrono::seconds kPatience{5};

// A service that listens everywhere also listens here.
std::string reachable(std::string host) {
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    if (host.empty() || host == "0.0.0.0") return "127.0.0.1";
    return host == "::" ? "::1" : host;
}

}  // namespace

int check_ready(const std::string& metrics_listen) {
    const auto colon = metrics_listen.rfind(':');
    if (colon == std::string::npos) {
        std::cout << "METRICS_LISTEN must be HOST:PORT in the environment\n";
        return 1;
    }
    boost::asio::ip::tcp::iostream stream;
    stream.expires_after(kPatience);
    stream.connect(reachable(metrics_listen.substr(0, colon)), metrics_listen.substr(colon + 1));
    stream << "GET /readyz HTTP/1.1\r\nHost: " << metrics_listen << "\r\nConnection: close\r\n\r\n" << std::flush;
    std::string version;
    int status = 0;
    if (!(stream >> version >> status)) {
        std::cout << "no answer from " << metrics_listen << ": " << stream.error().message() << "\n";
        return 1;
    }
    std::string line;
    while (std::getline(stream, line) && line != "\r") {
    }
    while (std::getline(stream, line)) std::cout << line << "\n";
    constexpr int kOk = 200;
    return status == kOk ? 0 : 1;
}

}  // namespace quittance::runtime
