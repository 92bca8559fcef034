#include "load.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "socket_address.hpp"

namespace quittance::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Connection {
    int socket = -1;
    const std::string* request = nullptr;
    std::string received;
    Clock::time_point start;
};

[[noreturn]] void fail(const std::string& what) {
    throw std::runtime_error(what + ": " + std::strerror(errno));
}

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Length of the first whole answer in `text`, or 0 while it is not whole.
std::size_t answer_length(const std::string& text) {
    constexpr std::string_view kLength = "content-length:";
    const auto head = text.find("\r\n\r\n");
    if (head == std::string::npos) return 0;
    std::size_t body = 0;
    for (std::size_t line = 0; line < head; line = text.find("\r\n", line) + 2) {
        if (strncasecmp(text.data() + line, kLength.data(), kLength.size()) == 0)
            body = std::strtoul(text.c_str() + line + kLength.size(), nullptr, 10);
    }
    const auto whole = head + 4 + body;
    return text.size() >= whole ? whole : 0;
}

class Load {
  public:
    Load(const std::string& address, std::size_t connections, const std::vector<std::string>& requests)
        : requests_(requests), epoll_(epoll_create1(0)), connections_(std::min(connections, requests.size())) {
        const auto endpoint = socket_address(address);
        for (auto& connection : connections_) {
            connection.socket = socket(AF_INET, SOCK_STREAM, 0);
            if (connect(connection.socket, reinterpret_cast<const sockaddr*>(&endpoint), sizeof(endpoint)) != 0)
                fail("cannot connect to " + address);
            const int on = 1;
            setsockopt(connection.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
            epoll_event event{};
            event.events = EPOLLIN;
            event.data.ptr = &connection;
            if (epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.socket, &event) != 0) fail("epoll");
        }
        result_.latencies_ms.reserve(requests.size());
    }

    ~Load() {
        for (const auto& connection : connections_) close(connection.socket);
        close(epoll_);
    }
    Load(const Load&) = delete;
    Load& operator=(const Load&) = delete;

    LoadResult run() {
        const auto cpu = cpu_seconds();
        const auto start = Clock::now();
        for (auto& connection : connections_) send_next(connection);
        std::array<epoll_event, 256> events{};
        while (result_.latencies_ms.size() < requests_.size()) {
            const int ready = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 60'000);
            if (ready == 0) throw std::runtime_error("no answer for a minute");
            if (ready < 0 && errno != EINTR) fail("epoll");
            for (int i = 0; i < ready; ++i)
                receive(*static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr));
        }
        result_.wall = Clock::now() - start;
        result_.cpu = std::chrono::duration<double>(cpu_seconds() - cpu);
        std::sort(result_.latencies_ms.begin(), result_.latencies_ms.end());
        return std::move(result_);
    }

  private:
    void send_next(Connection& connection) {
        if (next_ == requests_.size()) {
            connection.request = nullptr;
            return;
        }
        connection.request = &requests_[next_++];
        connection.start = Clock::now();
        // A blocking send: a request is a few kilobytes, less than the socket's buffer.
        for (std::size_t sent = 0; sent < connection.request->size();) {
            const auto n = send(connection.socket, connection.request->data() + sent, connection.request->size() - sent,
                                MSG_NOSIGNAL);
            if (n < 0) fail("send");
            sent += static_cast<std::size_t>(n);
        }
    }

    void receive(Connection& connection) {
        std::array<char, 16 * 1024> buffer;
        const auto n = recv(connection.socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN) return;
        if (n <= 0) throw std::runtime_error("the server ended a connection");
        connection.received.append(buffer.data(), static_cast<std::size_t>(n));
        const auto length = answer_length(connection.received);
        if (length == 0 || connection.request == nullptr) return;
        const std::chrono::duration<double, std::milli> latency = Clock::now() - connection.start;
        result_.latencies_ms.push_back(latency.count());
        // "HTTP/1.1 200 …"
        constexpr std::size_t kStatusAt = 9;
        ++(connection.received[kStatusAt] == '2' ? result_.ok : result_.refused);
        connection.received.erase(0, length);
        send_next(connection);
    }

    const std::vector<std::string>& requests_;
    std::size_t next_ = 0;
    int epoll_;
    std::vector<Connection> connections_;
    LoadResult result_;
};

}  // namespace

LoadResult run_load(const std::string& address, std::size_t connections, const std::vector<std::string>& requests) {
    Load load(address, connections, requests);
    return load.run();
}

}  // namespace quittance::bench
