#include "tracing/otel_log.hpp"

#include <opentelemetry/sdk/common/global_log_handler.h>

#include <mutex>
#include <string_view>
#include <utility>

namespace quittance::tracing {
namespace {

namespace internal_log = opentelemetry::sdk::common::internal_log;

constexpr std::size_t kLongestText = 500;

struct Kept {
    std::mutex mutex;
    std::string text;
};

Kept& kept() {
    static Kept one;
    return one;
}

// The exporter logs one line for many failures, so the handler itself writes none.
class KeepingHandler final : public internal_log::LogHandler {
  public:
    void Handle(internal_log::LogLevel level, const char* /*file*/, int /*line*/, const char* text,
                const opentelemetry::sdk::common::AttributeMap& /*attributes*/) noexcept override {
        if (text == nullptr || level > internal_log::LogLevel::Warning) return;
        auto& one = kept();
        const std::lock_guard lock(one.mutex);
        one.text = std::string_view(text).substr(0, kLongestText);
    }
};

}  // namespace

void keep_otel_messages() {
    internal_log::GlobalLogHandler::SetLogHandler(
        opentelemetry::nostd::shared_ptr<internal_log::LogHandler>(new KeepingHandler));
}

std::string take_otel_message() {
    auto& one = kept();
    const std::lock_guard lock(one.mutex);
    return std::exchange(one.text, {});
}

}  // namespace quittance::tracing
