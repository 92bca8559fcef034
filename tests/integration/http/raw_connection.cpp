#include "integration/http/raw_connection.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "integration/http/loop_thread.hpp"
#include "support/patience.hpp"

namespace quittance::test {
namespace {

[[noreturn]] void fail(const std::string& what) {
    throw std::runtime_error(what + ": " + std::strerror(errno));  // NOLINT(concurrency-mt-unsafe)
}

void wait_for(int descriptor, short events, const char* what) {
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(kPatience).count();
    pollfd poll{descriptor, events, 0};
    int ready = 0;
    while ((ready = ::poll(&poll, 1, static_cast<int>(milliseconds))) < 0 && errno == EINTR) {
    }
    if (ready <= 0) throw std::runtime_error(std::string(what) + " took too long");
}

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

int listen_anywhere(std::uint16_t& port) {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto address = loopback(0);
    socklen_t size = sizeof(address);
    if (descriptor < 0 || ::bind(descriptor, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(descriptor, 64) != 0 || ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0)
        fail("listen");
    port = ntohs(address.sin_port);
    return descriptor;
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (auto& c : out) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    return out;
}

// The values of the fields of that name.
std::vector<std::string> values_of(const std::string& head, std::string_view name) {
    std::vector<std::string> values;
    const auto wanted = lower(name) + ":";
    for (std::size_t line = head.find("\r\n"); line != std::string::npos; line = head.find("\r\n", line + 2)) {
        const auto end = std::min(head.find("\r\n", line + 2), head.size());
        const auto text = std::string_view(head).substr(line + 2, end - line - 2);
        if (lower(text.substr(0, wanted.size())) != wanted) continue;
        const auto first = text.find_first_not_of(' ', wanted.size());
        values.emplace_back(first == std::string_view::npos ? std::string_view() : text.substr(first));
    }
    return values;
}

std::size_t length_in(const std::string& head) {
    const auto values = values_of(head, "Content-Length");
    return values.empty() ? 0 : static_cast<std::size_t>(std::stoull(values.front()));
}

}  // namespace

std::string Reply::header(std::string_view name) const {
    const auto values = values_of(head, name);
    return values.empty() ? std::string() : values.front();
}

std::size_t Reply::count(std::string_view name) const {
    return values_of(head, name).size();
}

RawConnection::RawConnection(std::uint16_t port) : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    auto address = loopback(port);
    if (descriptor_ < 0) fail("socket");
    if (::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
        const int why = errno;
        close();
        errno = why;
        fail("connect");
    }
    const int on = 1;
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

RawConnection RawConnection::adopt(int descriptor) {
    RawConnection connection;
    connection.descriptor_ = descriptor;
    return connection;
}

RawConnection::~RawConnection() {
    close();
}

RawConnection::RawConnection(RawConnection&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), buffer_(std::move(other.buffer_)), end_(other.end_) {}

RawConnection& RawConnection::operator=(RawConnection&& other) noexcept {
    close();
    descriptor_ = std::exchange(other.descriptor_, -1);
    buffer_ = std::move(other.buffer_);
    end_ = other.end_;
    return *this;
}

void RawConnection::send(std::string_view bytes) {
    if (!try_send(bytes)) fail("send");
}

bool RawConnection::try_send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0)
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        else if (errno == EAGAIN || errno == EWOULDBLOCK)
            wait_for(descriptor_, POLLOUT, "a send");
        else if (errno != EINTR)
            return false;
    }
    return true;
}

void RawConnection::finish_sending() {
    ::shutdown(descriptor_, SHUT_WR);
}

bool RawConnection::fill() {
    if (end_ != End::kOpen) return false;
    wait_for(descriptor_, POLLIN, "an answer");
    std::array<char, 65536> bytes{};
    const auto got = ::recv(descriptor_, bytes.data(), bytes.size(), 0);
    if (got > 0)
        buffer_.append(bytes.data(), static_cast<std::size_t>(got));
    else
        end_ = got == 0 ? End::kClosed : End::kReset;
    return got > 0;
}

Reply RawConnection::read_reply(bool to_head) {
    Reply reply;
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
        if (!fill()) throw std::runtime_error("the connection ended within a reply's head: '" + buffer_ + "'");
    reply.head = buffer_.substr(0, end + 4);
    buffer_.erase(0, end + 4);
    if (!reply.head.starts_with("HTTP/1.1 ") || reply.head.size() < 14)
        throw std::runtime_error("no reply: " + reply.head);
    reply.status = std::stoi(reply.head.substr(9, 3));
    const bool bodiless = to_head || reply.status < 200 || reply.status == 204 || reply.status == 304;
    const auto length = bodiless ? 0 : length_in(reply.head);
    while (buffer_.size() < length)
        if (!fill()) throw std::runtime_error("the connection ended within a reply's body");
    reply.body = buffer_.substr(0, length);
    buffer_.erase(0, length);
    return reply;
}

Reply RawConnection::ask(std::string_view request, bool to_head) {
    send(request);
    return read_reply(to_head);
}

std::string RawConnection::read_to_end(End& end) {
    while (fill()) {
    }
    end = end_;
    return std::exchange(buffer_, {});
}

std::string RawConnection::read_some() {
    if (buffer_.empty()) fill();
    return std::exchange(buffer_, {});
}

std::string RawConnection::read_request() {
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
        if (!fill()) return {};
    const auto total = end + 4 + length_in(buffer_.substr(0, end + 2));
    while (buffer_.size() < total)
        if (!fill()) return {};
    auto request = buffer_.substr(0, total);
    buffer_.erase(0, total);
    return request;
}

End RawConnection::state() {
    if (end_ != End::kOpen) return end_;
    char byte = 0;
    const auto got = ::recv(descriptor_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (got == 0) return End::kClosed;
    return got < 0 && errno == ECONNRESET ? End::kReset : End::kOpen;
}

End RawConnection::wait_for_end() {
    End end = End::kOpen;
    read_to_end(end);
    return end;
}

void RawConnection::close() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
}

void RawConnection::reset() {
    const linger now{1, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    close();
}

ScriptedServer::ScriptedServer(Script script) : script_(std::move(script)), listener_(listen_anywhere(port_)) {
    thread_ = std::thread([this] { serve(); });
}

ScriptedServer::~ScriptedServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
}

void ScriptedServer::serve() {
    std::vector<std::thread> connections;
    for (int number = 0;; ++number) {
        const int descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (descriptor < 0) break;
        connections.emplace_back([this, descriptor, number] {
            auto connection = RawConnection::adopt(descriptor);
            try {
                script_(connection, number);
            } catch (const std::exception&) {
                // The peer went away, or was too slow: the test sees it on its own side.
            }
        });
    }
    for (auto& connection : connections) connection.join();
}

}  // namespace quittance::test
