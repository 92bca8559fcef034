// A server that does nothing but answer 200: what the load generator reaches against it is the generator's own ceiling.
#pragma once

#include <cstdint>
#include <thread>

namespace quittance::bench {

class EchoServer {
  public:
    EchoServer();   // on a free port, on a thread of its own
    ~EchoServer();  // connections must be closed by then
    EchoServer(const EchoServer&) = delete;
    EchoServer& operator=(const EchoServer&) = delete;

    std::uint16_t port() const { return port_; }

  private:
    void serve() const;

    int listener_ = -1;
    int stop_ = -1;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

}  // namespace quittance::bench
