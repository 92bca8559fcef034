// A TCP connection that sends exactly the bytes that a test wants to send, and sees exactly what comes back. Plain
// sockets on purpose: a client library would refuse to send what the server must be tested against. Every step throws
// std::runtime_error when it takes too long.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace quittance::test {

struct Reply {
    int status = 0;
    std::string head;  // status line and fields, with the empty line
    std::string body;

    // The value of the first field of that name, in any case; empty where there is none.
    std::string header(std::string_view name) const;
    std::size_t count(std::string_view name) const;
};

enum class End { kOpen, kClosed, kReset };

class RawConnection {
  public:
    // To 127.0.0.1. Throws where it is refused.
    explicit RawConnection(std::uint16_t port);
    // Takes the descriptor over.
    static RawConnection adopt(int descriptor);
    ~RawConnection();
    RawConnection(RawConnection&& other) noexcept;
    RawConnection& operator=(RawConnection&& other) noexcept;

    // Throws where the peer does not take all of it.
    void send(std::string_view bytes);
    // Sends what the peer takes; false where it reset or closed the connection meanwhile.
    bool try_send(std::string_view bytes);
    // Half-close: we send no more.
    void finish_sending();

    // The next reply, by its Content-Length. `to_head`: it has no body whatever its length says.
    Reply read_reply(bool to_head = false);
    // Sends and reads.
    Reply ask(std::string_view request, bool to_head = false);
    // Whatever comes until the end of the connection; `end` says which.
    std::string read_to_end(End& end);
    // At least one byte more, or nothing at the end.
    std::string read_some();
    // A request as a server reads one: head and Content-Length's body. Empty at the connection's end.
    std::string read_request();
    // How the connection stands now, without waiting. Bytes that are unread count as open.
    End state();
    // Waits until it is closed or reset, throwing what comes away.
    End wait_for_end();
    void close();
    // Closes with a reset.
    void reset();
    int descriptor() const { return descriptor_; }

  private:
    RawConnection() = default;
    // False at the end.
    bool fill();

    int descriptor_ = -1;
    std::string buffer_;
    End end_ = End::kOpen;
};

// A peer whose behaviour is a function: called for each connection, on a thread of its own, one after the other.
class ScriptedServer {
  public:
    using Script = std::function<void(RawConnection&, int connection)>;
    explicit ScriptedServer(Script script);
    ~ScriptedServer();

    std::uint16_t port() const { return port_; }
    std::string base_url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  private:
    void serve();

    Script script_;
    std::uint16_t port_ = 0;  // before the listener, which sets it
    int listener_ = -1;
    std::thread thread_;
};

}  // namespace quittance::test
