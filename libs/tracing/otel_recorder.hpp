// Makes spans of OpenTelemetry's SDK, and hands those that ended to its batch processor. For libs/tracing only.
#pragma once

#include <opentelemetry/sdk/instrumentationscope/instrumentation_scope.h>
#include <opentelemetry/sdk/resource/resource.h>
#include <opentelemetry/sdk/trace/processor.h>
#include <opentelemetry/sdk/trace/sampler.h>

#include <atomic>
#include <memory>
#include <string>

#include "runtime/metrics.hpp"
#include "tracing/recording.hpp"

namespace quittance::tracing {

// Shared by spans, which may end after the exporter has gone. Every span refers to the resource and the scope.
struct SpanQueue {
    SpanQueue(const std::string& service, std::size_t most, runtime::Counter counter);
    void add(std::unique_ptr<opentelemetry::sdk::trace::Recordable> span);

    const opentelemetry::sdk::resource::Resource resource;
    const std::unique_ptr<const opentelemetry::sdk::instrumentationscope::InstrumentationScope> scope;
    const std::size_t limit;
    runtime::Counter dropped;
    std::atomic<std::size_t> waiting{0};  // spans that ended and were not handed to the collector yet
    std::unique_ptr<opentelemetry::sdk::trace::SpanProcessor> processor;
};

class OtelRecorder final : public Recorder {
  public:
    OtelRecorder(std::shared_ptr<SpanQueue> queue, double ratio);

    bool samples(const base::TraceContext& context) const override;
    std::unique_ptr<Recording> record(std::string_view name, Kind kind, const base::TraceContext& context,
                                      const base::TraceContext& parent) override;

  private:
    std::shared_ptr<SpanQueue> queue_;
    std::unique_ptr<opentelemetry::sdk::trace::Sampler> sampler_;
};

}  // namespace quittance::tracing
