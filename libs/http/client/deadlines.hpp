// The deadlines of all exchanges in flight, with one timer: a timer for each read costs as much as the read. For
// libs/http only, and for one loop with one thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <chrono>
#include <list>
#include <memory>

namespace quittance::http {

class Deadlines {
    struct State;

  public:
    using Clock = std::chrono::steady_clock;

    explicit Deadlines(boost::asio::io_context& loop);

    // While this object exists, its stream is closed at the deadline. Reads and writes then end with an error.
    class Watch {
      public:
        Watch(Deadlines& deadlines, boost::beast::tcp_stream& stream, Clock::time_point deadline);
        Watch(const Watch&) = delete;
        Watch& operator=(const Watch&) = delete;
        ~Watch();

        // True if the stream was closed at the deadline.
        bool late() const { return late_; }

      private:
        friend class Deadlines;

        std::shared_ptr<State> state_;
        boost::beast::tcp_stream& stream_;
        const Clock::time_point deadline_;
        bool late_ = false;
        std::list<Watch*>::iterator place_;
    };

  private:
    static void arm(const std::shared_ptr<State>& state, Clock::time_point moment);
    static void end_late(const std::shared_ptr<State>& state);

    std::shared_ptr<State> state_;
};

}  // namespace quittance::http
