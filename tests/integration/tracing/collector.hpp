// A collector of the tests: it takes spans by OTLP over HTTP, and reads them by the official schema.
#pragma once

#include <opentelemetry/proto/collector/trace/v1/trace_service.pb.h>

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "http/message.hpp"
#include "http/server/server.hpp"
#include "integration/http/loop_thread.hpp"
#include "runtime/metrics.hpp"

namespace quittance::test {

namespace otlp = opentelemetry::proto;

struct ReceivedSpan {
    std::string service;  // `service.name` of its resource
    otlp::trace::v1::Span span;
};

// What a collector does with a call.
enum class Collects { kAll, kNothing, kNeverAnswers };

class Collector {
  public:
    explicit Collector(Collects how = Collects::kAll);
    ~Collector();

    std::string endpoint() const;  // "http://127.0.0.1:41234"
    int calls() const { return calls_; }
    std::vector<ReceivedSpan> spans() const;
    // Waits until a span of that name is there.
    otlp::trace::v1::Span wait_for(const std::string& name) const;
    // Called with each span, on the collector's thread.
    void on_span(std::function<void(const ReceivedSpan&)> tell);
    // From now on.
    void set(Collects how) { how_ = how; }

  private:
    boost::asio::awaitable<http::Response> receive(const http::Request& request);

    std::atomic<Collects> how_;
    std::atomic<int> calls_{0};
    mutable std::mutex mutex_;
    std::vector<ReceivedSpan> spans_;
    std::function<void(const ReceivedSpan&)> tell_;
    runtime::Metrics metrics_;
    LoopThread thread_;
    Gate never_{thread_.loop()};
    std::optional<http::Server> server_;
};

// The text of an attribute, whatever its type; "" where the span does not have it.
std::string attribute_of(const otlp::trace::v1::Span& span, const std::string& name);
// Lower-case hex.
std::string hex(const std::string& bytes);

}  // namespace quittance::test
