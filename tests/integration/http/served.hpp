// A real server on a free port, on a loop of its own, with a table of routes that do what tests need done.
#pragma once

#include <atomic>
#include <future>
#include <memory>

#include "http/server/server.hpp"
#include "integration/http/loop_thread.hpp"
#include "integration/http/raw_connection.hpp"
#include "support/patience.hpp"

namespace quittance::test {

// The server's limits with more time for everything than any step of a test takes, however slow the machine.
inline http::ServerLimits unhurried() {
    http::ServerLimits limits;
    for (auto* time : {&limits.first_byte_time, &limits.header_time, &limits.body_time, &limits.write_time,
                       &limits.idle_time, &limits.handler_time})
        *time = 10 * kPatience;
    return limits;
}

// The routes (all text/plain):
//   GET /hello                "hello"
//   POST, PUT /echo           the body
//   POST /small               the body; takes 100 bytes at most
//   GET /parts/{a}/{b}        "a|b|query"
//   GET /held                 "released", once the gate is open
//   POST /held                the same, with a body
//   GET /throw, /throw-other  throw a std::exception with "secret" in it, and something else
//   GET /header               a field X-Given with the decoded query as its value
//   GET /empty                204
//   GET /drop                 resets the connection
//   GET /large                16 MiB
//   GET /shared               16 MiB that all answers share
//   GET /tagged               "tagged", with an entity tag
//   POST /guarded             the body, which the handler reads if the request has "Credential: good"; else 401
//   POST /signed              the same for any sender: only the body shows who it is
class Served {
  public:
    explicit Served(http::ServerLimits limits = unhurried(), http::ServerOptions options = {});
    ~Served();

    std::uint16_t port() const { return server_->port(); }
    std::string base_url() const { return "http://127.0.0.1:" + std::to_string(port()); }
    RawConnection connect() const { return RawConnection(port()); }
    Gate& gate() { return gate_; }
    LoopThread& thread() { return thread_; }
    std::string metrics() { return metrics_.text(); }
    // The value of the line of the metrics that starts with `series`, 0 where there is none.
    double metric(const std::string& series);
    // How many requests reached a handler.
    int handled() const { return handled_; }
    // Drains with so much time; the future tells what drain() returned.
    std::future<bool> drain(std::chrono::milliseconds time);

  private:
    http::Router routes();

    runtime::Metrics metrics_;
    LoopThread thread_;
    Gate gate_{thread_.loop()};
    std::atomic<int> handled_{0};
    std::unique_ptr<http::Server> server_;
};

// "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n", with fields between, each with its "\r\n".
std::string get(const std::string& target, const std::string& fields = {});
std::string post(const std::string& target, const std::string& body, const std::string& fields = {});

}  // namespace quittance::test
