// What a collector gets of our spans, and what it costs where the collector is away, refuses, or hangs.
#include "tracing/exporter.hpp"

#include <catch2/catch.hpp>
#include <chrono>
#include <optional>
#include <string>

#include "integration/tracing/collector.hpp"
#include "support/free_port.hpp"
#include "support/patience.hpp"
#include "tracing/span.hpp"

using namespace quittance;             // NOLINT(google-build-using-namespace)
using namespace quittance::test;       // NOLINT(google-build-using-namespace)
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using tracing::Kind;
using tracing::Span;

namespace {

tracing::ExporterOptions options_to(const std::string& endpoint) {
    tracing::ExporterOptions options;
    options.service = "quittance-test";
    options.endpoint = endpoint;
    options.interval = 10ms;
    return options;
}

double count_of(runtime::Metrics& metrics, const std::string& outcome) {
    return metrics.counter("quittance_trace_spans_total", "", {{"outcome", outcome}}).value();
}

base::TraceContext sampled_parent() {
    return *base::read_trace_context("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "a=b");
}

}  // namespace

TEST_CASE("a span arrives with its place, its attributes, events, links and its failure") {
    Collector collector;
    runtime::Metrics metrics;
    tracing::Exporter exporter(options_to(collector.endpoint()), metrics);
    const auto other = base::new_trace();
    std::string parent_id;
    {
        Span request("GET /invoices/{id}", Kind::kServer, sampled_parent());
        parent_id = base::traceparent_of(request.context()).substr(36, 16);
        Span span("SELECT invoices", Kind::kClient, request.context());
        span.set({"db.system.name", "postgresql"});
        span.set({"db.response.returned_rows", 12});
        span.set({"ratio", 0.5});
        span.set({"again", true});
        span.add_event("retried", {{"attempt", 2}, {"reason", "deadlock"}});
        span.link_to(other);
        span.fail("40P01");
        CHECK(span.recording());
    }
    const auto request = collector.wait_for("GET /invoices/{id}");
    CHECK(hex(request.trace_id()) == "4bf92f3577b34da6a3ce929d0e0e4736");
    CHECK(hex(request.parent_span_id()) == "00f067aa0ba902b7");
    CHECK(hex(request.span_id()) == parent_id);
    CHECK(request.kind() == otlp::trace::v1::Span::SPAN_KIND_SERVER);
    CHECK(request.trace_state() == "a=b");
    CHECK(request.status().code() != otlp::trace::v1::Status::STATUS_CODE_ERROR);
    const auto span = collector.wait_for("SELECT invoices");
    CHECK(span.trace_id() == request.trace_id());
    CHECK(span.parent_span_id() == request.span_id());
    CHECK(span.kind() == otlp::trace::v1::Span::SPAN_KIND_CLIENT);
    CHECK(attribute_of(span, "db.system.name") == "postgresql");
    CHECK(attribute_of(span, "db.response.returned_rows") == "12");
    CHECK(attribute_of(span, "ratio") == "0.500000");
    CHECK(attribute_of(span, "again") == "true");
    CHECK(attribute_of(span, "error.type") == "40P01");
    CHECK(span.status().code() == otlp::trace::v1::Status::STATUS_CODE_ERROR);
    REQUIRE(span.events_size() == 1);
    CHECK(span.events(0).name() == "retried");
    CHECK(span.events(0).attributes_size() == 2);
    REQUIRE(span.links_size() == 1);
    CHECK(hex(span.links(0).trace_id()) == base::trace_id_of(other));
    CHECK(span.start_time_unix_nano() >= request.start_time_unix_nano());
    CHECK(span.end_time_unix_nano() >= span.start_time_unix_nano());
    CHECK(collector.spans().at(0).service == "quittance-test");
    CHECK(eventually([&] { return count_of(metrics, "exported") == 2; }));
}

TEST_CASE("the parent decides whether a trace is sampled; where there is none, the ratio does") {
    Collector collector;
    runtime::Metrics metrics;
    const auto recorded = [&](double ratio, const base::TraceContext& parent) {
        auto options = options_to(collector.endpoint());
        options.ratio = ratio;
        const tracing::Exporter exporter(options, metrics);
        const Span span("work", Kind::kServer, parent);
        CHECK(span.context().sampled == span.recording());
        return span.recording();
    };
    auto unsampled = sampled_parent();
    unsampled.sampled = false;
    CHECK(recorded(0, sampled_parent()));
    CHECK_FALSE(recorded(1, unsampled));
    CHECK(recorded(1, {}));
    CHECK_FALSE(recorded(0, {}));

    auto options = options_to(collector.endpoint());
    options.ratio = 0.25;
    const tracing::Exporter exporter(options, metrics);
    int sampled = 0;
    for (int i = 0; i < 2'000; ++i) sampled += Span("work", Kind::kServer, {}).recording() ? 1 : 0;
    // 500 with a standard deviation of 19.
    CHECK(sampled > 350);
    CHECK(sampled < 650);
}

TEST_CASE("without an endpoint nothing is recorded") {
    runtime::Metrics metrics;
    const tracing::Exporter exporter(tracing::ExporterOptions(), metrics);
    CHECK_FALSE(Span("work", Kind::kServer, sampled_parent()).recording());
}

TEST_CASE("what waits at a stop is exported") {
    Collector collector;
    runtime::Metrics metrics;
    auto options = options_to(collector.endpoint());
    options.interval = 1h;
    {
        const tracing::Exporter exporter(options, metrics);
        for (int i = 0; i < 100; ++i) Span("work", Kind::kInternal, sampled_parent()).end();
    }
    CHECK(collector.spans().size() == 100);
    CHECK(count_of(metrics, "exported") == 100);
}

TEST_CASE("a collector that is away, refuses or hangs costs spans, and nothing else") {
    const auto how = GENERATE(as<std::optional<Collects>>(), std::nullopt, Collects::kNothing, Collects::kNeverAnswers);
    std::optional<Collector> collector;
    if (how) collector.emplace(*how);
    runtime::Metrics metrics;
    auto options = options_to(how ? collector->endpoint() : "http://127.0.0.1:" + std::to_string(free_port()));
    options.timeout = 200ms;
    options.stop_time = 0ms;
    options.waiting_spans = 1'000;
    constexpr int kSpans = 10'000;
    {
        const tracing::Exporter exporter(options, metrics);
        for (int i = 0; i < kSpans; ++i) Span("work", Kind::kInternal, sampled_parent()).end();
    }
    CHECK(count_of(metrics, "exported") == 0);
    CHECK(count_of(metrics, "failed") + count_of(metrics, "dropped") == kSpans);
    CHECK(count_of(metrics, "failed") > 0);
    if (how) CHECK(collector->calls() > 0);
}

TEST_CASE("a collector that comes back gets the spans from then on") {
    Collector collector(Collects::kNothing);
    runtime::Metrics metrics;
    const tracing::Exporter exporter(options_to(collector.endpoint()), metrics);
    Span("lost", Kind::kInternal, sampled_parent()).end();
    REQUIRE(eventually([&] { return count_of(metrics, "failed") == 1; }));
    collector.set(Collects::kAll);
    Span("kept", Kind::kInternal, sampled_parent()).end();
    collector.wait_for("kept");
    CHECK(collector.spans().size() == 1);
}

TEST_CASE("a span may end after its exporter has gone") {
    Collector collector;
    runtime::Metrics metrics;
    std::optional<tracing::Exporter> exporter(std::in_place, options_to(collector.endpoint()), metrics);
    Span span("late", Kind::kInternal, sampled_parent());
    exporter.reset();
    span.set({"a", 1});
    span.end();
    CHECK(collector.spans().empty());
}

TEST_CASE("an endpoint that is no URL is refused") {
    runtime::Metrics metrics;
    for (const auto* endpoint : {"collector:4318", "http://", "http:///v1/traces", "grpc://collector:4317"}) {
        INFO(endpoint);
        CHECK_THROWS_AS(tracing::Exporter(options_to(endpoint), metrics), std::runtime_error);
    }
}
