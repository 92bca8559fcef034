#include "echo_server.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

#include "socket_address.hpp"

namespace quittance::bench {
namespace {

constexpr std::string_view kAnswer =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 17\r\n\r\n{\"received\":true}";

void watch(int epoll, int descriptor) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

// Takes one whole request off the front of `text`.
bool take_request(std::string& text) {
    constexpr std::string_view kLength = "Content-Length: ";
    const auto head = text.find("\r\n\r\n");
    if (head == std::string::npos) return false;
    const auto length = text.find(kLength);
    const auto body = length < head ? std::strtoul(text.c_str() + length + kLength.size(), nullptr, 10) : 0;
    if (text.size() < head + 4 + body) return false;
    text.erase(0, head + 4 + body);
    return true;
}

}  // namespace

EchoServer::EchoServer() : listener_(socket(AF_INET, SOCK_STREAM, 0)), stop_(eventfd(0, 0)) {
    auto endpoint = socket_address("127.0.0.1:0");
    socklen_t size = sizeof(endpoint);
    auto* const address = reinterpret_cast<sockaddr*>(&endpoint);
    if (bind(listener_, address, size) != 0 || listen(listener_, 1024) != 0 ||
        getsockname(listener_, address, &size) != 0)
        throw std::runtime_error("cannot listen");
    port_ = ntohs(endpoint.sin_port);
    thread_ = std::thread([this] { serve(); });
}

EchoServer::~EchoServer() {
    const std::uint64_t one = 1;
    if (write(stop_, &one, sizeof(one)) == sizeof(one)) thread_.join();
    close(listener_);
    close(stop_);
}

void EchoServer::serve() const {
    const int epoll = epoll_create1(0);
    watch(epoll, listener_);
    watch(epoll, stop_);
    std::map<int, std::string> connections;
    std::array<epoll_event, 256> events{};
    for (bool running = true; running;) {
        const int ready = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
        for (int i = 0; i < ready; ++i) {
            const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
            if (descriptor == stop_) {
                running = false;
            } else if (descriptor == listener_) {
                const int accepted = accept(listener_, nullptr, nullptr);
                const int on = 1;
                setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
                watch(epoll, accepted);
                connections[accepted];
            } else {
                std::array<char, 64 * 1024> buffer;
                const auto n = recv(descriptor, buffer.data(), buffer.size(), 0);
                if (n <= 0) {
                    connections.erase(descriptor);
                    close(descriptor);
                    continue;
                }
                auto& text = connections[descriptor];
                text.append(buffer.data(), static_cast<std::size_t>(n));
                while (take_request(text)) send(descriptor, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL);
            }
        }
    }
    for (const auto& [descriptor, text] : connections) close(descriptor);
    close(epoll);
}

}  // namespace quittance::bench
