#include "tracing/exporter.hpp"

#include <opentelemetry/exporters/otlp/otlp_http_exporter_factory.h>
#include <opentelemetry/exporters/otlp/otlp_http_exporter_options.h>
#include <opentelemetry/sdk/trace/batch_span_processor_factory.h>
#include <opentelemetry/sdk/trace/batch_span_processor_options.h>
#include <opentelemetry/sdk/trace/exporter.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <stdexcept>
#include <utility>

#include "tracing/otel_log.hpp"
#include "tracing/otel_recorder.hpp"

namespace quittance::tracing {
namespace {

namespace otel = opentelemetry;
namespace sdk = opentelemetry::sdk;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kBatchSpans = 512;
constexpr std::chrono::seconds kBetweenLines{60};

runtime::Counter count_spans(runtime::Metrics& metrics, const char* outcome) {
    return metrics.counter("quittance_trace_spans_total", "Recorded spans by what became of them.",
                           {{"outcome", outcome}});
}

bool is_url(std::string_view text) {
    for (const std::string_view scheme : {"http://", "https://"})
        if (text.starts_with(scheme) && text.size() > scheme.size() && text[scheme.size()] != '/') return true;
    return false;
}

// "http://collector:4318/" and without the slash: the endpoint is the same.
std::string traces_url(std::string endpoint) {
    while (endpoint.ends_with('/')) endpoint.pop_back();
    return endpoint + "/v1/traces";
}

// Around OpenTelemetry's exporter: counts, says in the log what is lost, and gives up at the end of a stop.
class CountingExporter final : public sdk::trace::SpanExporter {
  public:
    CountingExporter(std::unique_ptr<sdk::trace::SpanExporter> otlp, SpanQueue& queue, runtime::Metrics& metrics,
                     std::string url)
        : otlp_(std::move(otlp)),
          queue_(queue),
          exported_(count_spans(metrics, "exported")),
          failed_(count_spans(metrics, "failed")),
          url_(std::move(url)) {}

    std::unique_ptr<sdk::trace::Recordable> MakeRecordable() noexcept override { return otlp_->MakeRecordable(); }

    // On the thread of the batch processor alone.
    sdk::common::ExportResult Export(
        const otel::nostd::span<std::unique_ptr<sdk::trace::Recordable>>& spans) noexcept override {
        const auto count = spans.size();
        const bool late = Clock::now() >= give_up_.load();
        const bool taken = !late && deliver(spans);
        queue_.waiting.fetch_sub(count);
        if (taken)
            note_success(count);
        else
            note_failure(count);
        return taken ? sdk::common::ExportResult::kSuccess : sdk::common::ExportResult::kFailure;
    }

    bool ForceFlush(std::chrono::microseconds time) noexcept override { return otlp_->ForceFlush(time); }
    bool Shutdown(std::chrono::microseconds time) noexcept override { return otlp_->Shutdown(time); }

    void give_up_at(Clock::time_point moment) { give_up_.store(moment); }

  private:
    // The library's exporter returns success in any case. It tells of a failure in its log alone.
    bool deliver(const otel::nostd::span<std::unique_ptr<sdk::trace::Recordable>>& spans) {
        take_otel_message();
        if (otlp_->Export(spans) != sdk::common::ExportResult::kSuccess) return false;
        reason_ = take_otel_message();
        return reason_.empty();
    }

    void note_success(std::size_t spans) {
        exported_.increment(static_cast<double>(spans));
        if (lost_ > 0) runtime::log_info("traces are exported again", {{"collector", url_}, {"lost_spans", lost_}});
        lost_ = 0;
        next_line_ = {};
    }

    void note_failure(std::size_t spans) {
        failed_.increment(static_cast<double>(spans));
        lost_ += spans;
        const auto now = Clock::now();
        if (now < next_line_) return;
        next_line_ = now + kBetweenLines;
        runtime::log_warn("traces are lost: the collector does not take them",
                          {{"collector", url_}, {"lost_spans", lost_}, {"reason", reason_}});
    }

    std::unique_ptr<sdk::trace::SpanExporter> otlp_;
    SpanQueue& queue_;
    runtime::Counter exported_;
    runtime::Counter failed_;
    std::string url_;
    std::atomic<Clock::time_point> give_up_{Clock::time_point::max()};
    std::size_t lost_ = 0;
    std::string reason_;  // of the last call that failed
    Clock::time_point next_line_{};
};

std::unique_ptr<sdk::trace::SpanExporter> make_otlp(const ExporterOptions& options, const std::string& url) {
    otel::exporter::otlp::OtlpHttpExporterOptions otlp;
    otlp.url = url;
    otlp.content_type = otel::exporter::otlp::HttpRequestContentType::kBinary;
    otlp.timeout = options.timeout;
    otlp.ssl_ca_cert_path = options.certificate;
    otlp.retry_policy_max_attempts = 1;  // what a call did not deliver is lost: spans behind it must not wait
    return otel::exporter::otlp::OtlpHttpExporterFactory::Create(otlp);
}

}  // namespace

ExporterOptions read_exporter(const runtime::Configuration& configuration, std::string service) {
    ExporterOptions options;
    options.service = std::move(service);
    options.endpoint = configuration.text("OTEL_EXPORTER_OTLP_ENDPOINT");
    options.certificate = configuration.text("OTEL_EXPORTER_OTLP_CERTIFICATE");
    if (!options.endpoint.empty() && !is_url(options.endpoint))
        throw runtime::ConfigurationError("OTEL_EXPORTER_OTLP_ENDPOINT must be http://HOST:PORT or https://HOST:PORT");
    const auto& ratio = configuration.text("OTEL_TRACES_SAMPLER_ARG");
    const auto* end = ratio.data() + ratio.size();
    const auto [stop, error] = std::from_chars(ratio.data(), end, options.ratio, std::chars_format::fixed);
    if (error != std::errc() || stop != end || !(options.ratio >= 0 && options.ratio <= 1))
        throw runtime::ConfigurationError("OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1");
    return options;
}

struct Exporter::State {
    std::shared_ptr<SpanQueue> queue;
    CountingExporter* counting = nullptr;  // the processor of the queue owns it
    std::chrono::milliseconds stop_time{};
};

Exporter::Exporter(const ExporterOptions& options, runtime::Metrics& metrics) {
    if (options.endpoint.empty()) return;
    if (!is_url(options.endpoint)) throw std::runtime_error("not an endpoint of a collector: " + options.endpoint);
    keep_otel_messages();
    const auto url = traces_url(options.endpoint);
    state_ = std::make_shared<State>();
    state_->stop_time = options.stop_time;
    state_->queue =
        std::make_shared<SpanQueue>(options.service, options.waiting_spans, count_spans(metrics, "dropped"));
    auto counting = std::make_unique<CountingExporter>(make_otlp(options, url), *state_->queue, metrics, url);
    state_->counting = counting.get();
    sdk::trace::BatchSpanProcessorOptions batches;
    // The processor's own queue never overflows: the limit counts what is being exported, too.
    batches.max_queue_size = options.waiting_spans + 1;
    batches.max_export_batch_size = std::min(kBatchSpans, options.waiting_spans);
    batches.schedule_delay_millis = options.interval;
    state_->queue->processor = sdk::trace::BatchSpanProcessorFactory::Create(std::move(counting), batches);
    use_recorder(std::make_shared<OtelRecorder>(state_->queue, options.ratio));
    runtime::log_info("traces are exported", {{"collector", url}, {"ratio", options.ratio}});
}

Exporter::~Exporter() {
    if (!state_) return;
    use_recorder(nullptr);
    state_->counting->give_up_at(Clock::now() + state_->stop_time);
    state_->queue->processor->Shutdown();
}

}  // namespace quittance::tracing
