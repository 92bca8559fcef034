// Sends spans to a collector, by OpenTelemetry's protocol over HTTP (OTLP). The library of OpenTelemetry does it, on a
// thread of its own, from a queue of bounded length. A collector that is away, slow or full costs spans, never a
// request.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "runtime/configuration.hpp"
#include "runtime/metrics.hpp"

namespace quittance::tracing {

struct ExporterOptions {
    std::string service;      // `service.name`: "quittance-edge"
    std::string endpoint;     // "http://127.0.0.1:4318"; "/v1/traces" is added. Empty: nothing is exported
    std::string certificate;  // the CA of an https endpoint, a file; empty: the system's store
    double ratio = 1;         // of the traces that begin in this process, 0 to 1
    std::chrono::milliseconds timeout{2'000};    // of one call to the collector
    std::chrono::milliseconds interval{1'000};   // a span waits at most so long for others
    std::chrono::milliseconds stop_time{2'000};  // what waits after it at a stop is lost
    std::size_t waiting_spans = 4'096;           // more are dropped
};

// OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_CERTIFICATE, OTEL_TRACES_SAMPLER_ARG. Throws ConfigurationError.
ExporterOptions read_exporter(const runtime::Configuration& configuration, std::string service);

// While it lives, every sampled span of the process is exported, and counted in quittance_trace_spans_total by outcome:
// exported, failed (the collector did not take it), dropped (too many waited). One at a time.
class Exporter {
  public:
    // Throws std::runtime_error if an endpoint is not http:// or https:// with a host.
    Exporter(const ExporterOptions& options, runtime::Metrics& metrics);
    // Exports what waits, for `stop_time` and at most one `timeout` longer.
    ~Exporter();
    Exporter(const Exporter&) = delete;
    Exporter& operator=(const Exporter&) = delete;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace quittance::tracing
