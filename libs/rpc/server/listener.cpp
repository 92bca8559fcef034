#include "rpc/server/listener.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include "rpc/server/open_connections.hpp"
#include "runtime/log.hpp"
#include "runtime/process_start.hpp"

namespace quittance::rpc {
namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int kBacklog = 1'024;
// Until the next attempt where accept() fails: some descriptors are closed meanwhile.
constexpr milliseconds kPauseAfterFailure{100};
// Between two looks at which connections are still open, so that refusing many costs little.
constexpr milliseconds kBetweenLooks{100};
constexpr std::chrono::seconds kBetweenLines{10};  // of the log, about refusals and about failures
// A peer that acknowledges nothing for this long is gone; gRPC sets the same for the sockets of its own listener.
constexpr unsigned kUnacknowledgedMs = 20'000;

std::runtime_error cannot_listen(const std::string& listen, const std::string& why) {
    return std::runtime_error("cannot listen on '" + listen + "': " + why);
}

// A listening socket at the first address of "HOST:PORT".
int open_socket(const std::string& listen) {
    const auto colon = listen.rfind(':');
    if (colon == std::string::npos || colon + 1 == listen.size()) throw cannot_listen(listen, "expected HOST:PORT");
    auto host = listen.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const auto* node = host.empty() ? nullptr : host.c_str();
    if (const int failed = ::getaddrinfo(node, listen.substr(colon + 1).c_str(), &hints, &found); failed != 0)
        throw cannot_listen(listen, ::gai_strerror(failed));
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> release(found, &::freeaddrinfo);
    const int descriptor = ::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int yes = 1;
    const int no = 0;
    bool opened = descriptor >= 0;
    // A port whose last connections still linger may be taken again at once, one that somebody listens on may not.
    opened = opened && ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) == 0;
    // "[::]" takes IPv4 as well.
    if (opened && found->ai_family == AF_INET6)
        opened = ::setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no)) == 0;
    opened = opened && ::bind(descriptor, found->ai_addr, found->ai_addrlen) == 0;
    opened = opened && ::listen(descriptor, kBacklog) == 0;
    if (opened) return descriptor;
    const std::string why = std::generic_category().message(errno);
    if (descriptor >= 0) ::close(descriptor);
    throw cannot_listen(listen, why);
}

sockaddr_storage own_name(int socket) {
    sockaddr_storage own{};
    socklen_t size = sizeof(own);
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&own), &size);
    return own;
}

// Where this process itself reaches the socket: a wildcard is no address to connect to.
std::string host_of_own(int socket) {
    auto host = address_text(own_name(socket));
    if (host == "0.0.0.0") return "127.0.0.1";
    return host == "::" ? "::1" : host;
}

void set_options(int connection) {
    const int yes = 1;
    ::setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    ::setsockopt(connection, IPPROTO_TCP, TCP_USER_TIMEOUT, &kUnacknowledgedMs, sizeof(kUnacknowledgedMs));
}

// True once in each interval.
class Seldom {
  public:
    explicit Seldom(milliseconds interval) : interval_(interval) {}
    bool now() {
        const auto at = SteadyClock::now();
        if (at < next_) return false;
        next_ = at + interval_;
        return true;
    }

  private:
    const milliseconds interval_;
    SteadyClock::time_point next_{};
};

}  // namespace

struct Listener::State {
    State(const std::string& listen, ListenerLimits given, runtime::Metrics* all)
        : socket(open_socket(listen)), wake(::eventfd(0, EFD_CLOEXEC)), limits(given), metrics(all) {
        limits.connections = runtime::connections_within_descriptors("RPC_CONNECTIONS", limits.connections);
    }
    ~State() {
        close_socket();
        ::close(wake);
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    void close_socket() {
        if (socket >= 0) ::close(socket);
        socket = -1;
    }

    // False: stop() was called.
    bool wait(int timeout_ms) const {
        std::array<pollfd, 2> descriptors{{{wake, POLLIN, 0}, {socket, POLLIN, 0}}};
        // While it pauses after a failure, the socket would be ready all the time.
        ::poll(descriptors.data(), timeout_ms < 0 ? 2 : 1, timeout_ms);
        return descriptors[0].revents == 0;
    }

    void accept_all() {
        while (wait(-1)) {
            sockaddr_storage peer{};
            socklen_t size = sizeof(peer);
            const int connection =
                ::accept4(socket, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (connection >= 0)
                admit(connection, peer);
            else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED && !pause_after(errno))
                return;
        }
    }

    bool pause_after(int failure) {
        count("no_descriptor");
        if (failure_line.now())
            runtime::log_warn("cannot accept a gRPC connection, trying again",
                              {{"why", std::generic_category().message(failure)}});
        return wait(static_cast<int>(kPauseAfterFailure.count()));
    }

    void admit(int connection, const sockaddr_storage& peer) {
        const auto address = address_text(peer);
        const auto share = std::max<std::size_t>(1, limits.connections / limits.share_of_address);
        const auto refusal = [&]() -> const char* {
            if (own_expected.load() && address == own_host) return nullptr;
            if (open.all() >= limits.connections) return "too_many";
            return open.of(address) >= share ? "too_many_of_address" : nullptr;
        };
        if (refusal() != nullptr && look.now()) open.forget_closed();
        if (const auto* reason = refusal()) {
            count(reason);
            ::close(connection);
            if (refusal_line.now())
                runtime::log_warn(
                    "a gRPC connection was refused",
                    {{"reason", reason}, {"peer", address}, {"of_address", open.of(address)}, {"open", open.all()}});
            return;
        }
        set_options(connection);
        open.add(connection, address);
        take(connection);
    }

    void count(const char* reason) const {
        if (metrics == nullptr) return;
        metrics
            ->counter("quittance_rpc_connections_refused_total",
                      "gRPC connections that were closed at once or could not be accepted, by reason.",
                      {{"reason", reason}})
            .increment();
    }

    int socket;
    const std::string own_host = host_of_own(socket);
    const int wake;
    ListenerLimits limits;
    runtime::Metrics* const metrics;
    std::atomic<bool> own_expected{false};
    // Used on the thread only.
    std::function<void(int)> take;
    OpenConnections open;
    Seldom look{kBetweenLooks};
    Seldom refusal_line{kBetweenLines};
    Seldom failure_line{kBetweenLines};

    std::thread thread;
};

Listener::Listener(const std::string& listen, ListenerLimits limits, runtime::Metrics* metrics)
    : state_(std::make_unique<State>(listen, limits, metrics)) {}

Listener::~Listener() {
    stop();
}

std::uint16_t Listener::port() const {
    const auto own = own_name(state_->socket);
    sockaddr_in address{};  // the port stands at the same place for IPv6
    std::memcpy(&address, &own, sizeof(address));
    return ntohs(address.sin_port);
}

std::string Listener::own_address() const {
    const auto& host = state_->own_host;
    return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + std::to_string(port());
}

void Listener::expect_own(bool expected) {
    state_->own_expected.store(expected);
}

void Listener::start(std::function<void(int)> take) {
    state_->take = std::move(take);
    state_->thread = std::thread([state = state_.get()] { state->accept_all(); });
}

void Listener::stop() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(state_->wake, &one, sizeof(one));
    if (state_->thread.joinable()) state_->thread.join();
    state_->close_socket();
}

}  // namespace quittance::rpc
