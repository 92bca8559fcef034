// What a call to a service is given, and what it returns.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "base/trace_context.hpp"
#include "rpc/status.hpp"

namespace quittance::rpc {

struct CallOptions {
    // The end of the call. Without one the call is in the background, and its client decides about time and retries.
    std::chrono::system_clock::time_point deadline{};
    std::string request_id{};
    // The expected size of the reply: its first block of memory. Larger replies take more blocks.
    std::size_t reply_bytes = 2'048;
    base::TraceContext trace{};  // the caller's place in a trace; empty: the call belongs to none
    bool log_raised = false;     // an operator asked for all lines about this request

    bool in_background() const { return deadline == std::chrono::system_clock::time_point(); }
};

inline const CallOptions kInBackground;

// A Result whose value is a message on an arena. The message is used like the value of any Result. Copies share it, and
// so do pointers to its parts that were made with `part`: the arena lives as long as one of them.
template <class T>
class Reply : public Result<std::shared_ptr<T>> {
    using Base = Result<std::shared_ptr<T>>;

  public:
    using Base::Base;
    Reply(Base given) : Base(std::move(given)) {}  // NOLINT(google-explicit-constructor): it is the same

    T& operator*() const { return **Base::operator->(); }
    T* operator->() const { return Base::operator->()->get(); }
    template <class Part>
    std::shared_ptr<Part> part(Part& part) const {
        return {*Base::operator->(), &part};
    }
};

template <class T>
using AsyncReply = boost::asio::awaitable<Reply<T>>;

}  // namespace quittance::rpc
