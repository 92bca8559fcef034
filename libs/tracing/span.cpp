#include "tracing/span.hpp"

#include <atomic>
#include <mutex>
#include <utility>

#include "tracing/recording.hpp"

namespace quittance::tracing {
namespace {

// Like the log, one for the process. The flag spares spans the lock while nothing is exported.
struct Current {
    std::atomic<bool> exporting{false};
    std::mutex mutex;
    std::shared_ptr<Recorder> recorder;
};

Current& current() {
    static Current one;
    return one;
}

std::shared_ptr<Recorder> current_recorder() {
    auto& one = current();
    if (!one.exporting.load(std::memory_order_relaxed)) return nullptr;
    const std::lock_guard lock(one.mutex);
    return one.recorder;
}

}  // namespace

void use_recorder(std::shared_ptr<Recorder> recorder) {
    auto& one = current();
    const std::lock_guard lock(one.mutex);
    one.exporting.store(recorder != nullptr, std::memory_order_relaxed);
    one.recorder = std::move(recorder);
}

Span::Span() = default;
Span::Span(Span&&) noexcept = default;
Span::~Span() {
    end();
}

Span& Span::operator=(Span&& other) noexcept {
    if (this == &other) return *this;
    end();
    context_ = std::move(other.context_);
    recording_ = std::move(other.recording_);
    return *this;
}

Span::Span(std::string_view name, Kind kind, const base::TraceContext& parent) {
    if (parent.empty()) {
        context_ = base::new_trace();
        context_.sampled = samples(context_);
        begin(name, kind, parent);
    } else if (parent.sampled && current().exporting.load(std::memory_order_relaxed)) {
        context_ = base::child_of(parent);
        begin(name, kind, parent);
    } else {
        context_ = parent;
    }
}

Span Span::first_of(const base::TraceContext& trace, std::string_view name, Kind kind) {
    Span span;
    span.context_ = base::child_of(trace);
    span.context_.sampled = trace.sampled || samples(trace);
    span.begin(name, kind, {});
    return span;
}

void Span::begin(std::string_view name, Kind kind, const base::TraceContext& parent) {
    const auto recorder = context_.sampled ? current_recorder() : nullptr;
    if (recorder) recording_ = recorder->record(name, kind, context_, parent);
}

bool samples(const base::TraceContext& trace) {
    const auto recorder = current_recorder();
    return recorder && recorder->samples(trace);
}

void Span::set(const runtime::Field& attribute) {
    if (recording_) recording_->set(attribute);
}

void Span::add_event(std::string_view name, std::initializer_list<runtime::Field> attributes) {
    if (recording_) recording_->add_event(name, attributes);
}

void Span::link_to(const base::TraceContext& other) {
    if (recording_ && !other.empty()) recording_->link_to(other);
}

void Span::fail(std::string_view error_type) {
    if (recording_) recording_->fail(error_type);
}

void Span::rename(std::string_view name) {
    if (recording_) recording_->rename(name);
}

void Span::end() {
    if (!recording_) return;
    recording_->end();
    recording_.reset();
}

}  // namespace quittance::tracing
