// The deadlines of exchanges in flight, kept by one timer for all of them: a timer for each read and write costs as
// much as the read. Inside the library only; for one loop with one thread.
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

    // While it lives, its stream is closed at its deadline: what was reading or writing ends with an error.
    class Watch {
      public:
        Watch(Deadlines& deadlines, boost::beast::tcp_stream& stream, Clock::time_point deadline);
        Watch(const Watch&) = delete;
        Watch& operator=(const Watch&) = delete;
        ~Watch();

        // The stream was closed for it.
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
