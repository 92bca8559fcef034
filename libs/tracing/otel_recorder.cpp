#include "tracing/otel_recorder.hpp"

#include <opentelemetry/common/key_value_iterable_view.h>
#include <opentelemetry/sdk/trace/recordable.h>
#include <opentelemetry/sdk/trace/samplers/trace_id_ratio_factory.h>
#include <opentelemetry/trace/span_context.h>
#include <opentelemetry/trace/span_context_kv_iterable_view.h>
#include <opentelemetry/trace/trace_state.h>

#include <array>
#include <utility>
#include <vector>

namespace quittance::tracing {
namespace {

namespace otel = opentelemetry;
namespace sdk = opentelemetry::sdk;

constexpr std::size_t kMostAttributes = 128;  // of a span, and as many events and links; OpenTelemetry's usual limits
constexpr std::size_t kLongestValue = 1'024;  // bytes of an attribute's text; the rest is cut off

otel::nostd::string_view view_of(std::string_view text) {
    return {text.data(), text.size()};
}

otel::common::AttributeValue value_of(const runtime::Field& field) {
    if (const auto* text = std::get_if<std::string_view>(&field.value)) return view_of(text->substr(0, kLongestValue));
    if (const auto* integer = std::get_if<std::int64_t>(&field.value)) return *integer;
    if (const auto* number = std::get_if<double>(&field.value)) return *number;
    return std::get<bool>(field.value);
}

otel::trace::TraceId otel_trace_id(const base::TraceContext& context) {
    return otel::trace::TraceId(otel::nostd::span<const std::uint8_t, 16>(context.trace_id.data(), 16));
}

otel::trace::SpanId otel_span_id(const base::TraceContext& context) {
    return otel::trace::SpanId(otel::nostd::span<const std::uint8_t, 8>(context.span_id.data(), 8));
}

otel::trace::SpanContext context_of(const base::TraceContext& context, bool remote) {
    const auto flags = context.sampled ? otel::trace::TraceFlags::kIsSampled : 0;
    return {otel_trace_id(context), otel_span_id(context), otel::trace::TraceFlags(static_cast<std::uint8_t>(flags)),
            remote, otel::trace::TraceState::FromHeader(view_of(context.state))};
}

otel::trace::SpanKind kind_of(Kind kind) {
    switch (kind) {
        case Kind::kServer:
            return otel::trace::SpanKind::kServer;
        case Kind::kClient:
            return otel::trace::SpanKind::kClient;
        case Kind::kProducer:
            return otel::trace::SpanKind::kProducer;
        case Kind::kConsumer:
            return otel::trace::SpanKind::kConsumer;
        case Kind::kInternal:
            break;
    }
    return otel::trace::SpanKind::kInternal;
}

class OtelRecording final : public Recording {
  public:
    OtelRecording(std::unique_ptr<sdk::trace::Recordable> data, std::shared_ptr<SpanQueue> queue)
        : data_(std::move(data)), queue_(std::move(queue)) {}

    void set(const runtime::Field& attribute) override {
        if (++attributes_ <= kMostAttributes) data_->SetAttribute(view_of(attribute.name), value_of(attribute));
    }

    void add_event(std::string_view name, std::initializer_list<runtime::Field> attributes) override {
        if (++events_ > kMostAttributes) return;
        std::vector<std::pair<otel::nostd::string_view, otel::common::AttributeValue>> pairs;
        for (const auto& attribute : attributes) pairs.emplace_back(view_of(attribute.name), value_of(attribute));
        const otel::common::KeyValueIterableView<decltype(pairs)> iterable(pairs);
        data_->AddEvent(view_of(name), otel::common::SystemTimestamp(std::chrono::system_clock::now()), iterable);
    }

    void link_to(const base::TraceContext& other) override {
        if (++links_ <= kMostAttributes) data_->AddLink(context_of(other, true));
    }

    void fail(std::string_view error_type) override {
        set({"error.type", error_type});
        data_->SetStatus(otel::trace::StatusCode::kError, view_of(error_type));
    }

    void rename(std::string_view name) override { data_->SetName(view_of(name)); }

    void end() override {
        data_->SetDuration(std::chrono::steady_clock::now() - start_);
        queue_->add(std::move(data_));
    }

  private:
    std::unique_ptr<sdk::trace::Recordable> data_;
    std::shared_ptr<SpanQueue> queue_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    std::size_t attributes_ = 0;
    std::size_t events_ = 0;
    std::size_t links_ = 0;
};

}  // namespace

SpanQueue::SpanQueue(const std::string& service, std::size_t most, runtime::Counter counter)
    : resource(sdk::resource::Resource::Create({{"service.name", service}})),
      scope(sdk::instrumentationscope::InstrumentationScope::Create("quittance").release()),
      limit(most),
      dropped(std::move(counter)) {}

void SpanQueue::add(std::unique_ptr<sdk::trace::Recordable> span) {
    if (waiting.fetch_add(1) >= limit) {
        waiting.fetch_sub(1);
        dropped.increment();
        return;
    }
    processor->OnEnd(std::move(span));
}

OtelRecorder::OtelRecorder(std::shared_ptr<SpanQueue> queue, double ratio)
    : queue_(std::move(queue)), sampler_(sdk::trace::TraceIdRatioBasedSamplerFactory::Create(ratio)) {}

bool OtelRecorder::samples(const base::TraceContext& context) const {
    const std::vector<std::pair<std::string, int>> no_attributes;
    const std::vector<std::pair<otel::trace::SpanContext, std::vector<std::pair<std::string, int>>>> no_links;
    const otel::common::KeyValueIterableView attributes(no_attributes);
    const otel::trace::SpanContextKeyValueIterableView links(no_links);
    auto result = sampler_->ShouldSample(otel::trace::SpanContext::GetInvalid(), otel_trace_id(context), "",
                                         otel::trace::SpanKind::kInternal, attributes, links);
    return result.IsSampled();
}

std::unique_ptr<Recording> OtelRecorder::record(std::string_view name, Kind kind, const base::TraceContext& context,
                                                const base::TraceContext& parent) {
    auto data = queue_->processor->MakeRecordable();
    data->SetName(view_of(name));
    data->SetSpanKind(kind_of(kind));
    data->SetIdentity(context_of(context, false), otel_span_id(parent));
    data->SetTraceFlags(otel::trace::TraceFlags(otel::trace::TraceFlags::kIsSampled));
    data->SetStartTime(otel::common::SystemTimestamp(std::chrono::system_clock::now()));
    data->SetResource(queue_->resource);
    data->SetInstrumentationScope(*queue_->scope);
    return std::make_unique<OtelRecording>(std::move(data), queue_);
}

}  // namespace quittance::tracing
