// The spans of creations: each try at Stripe is one, and the tries of every request with one key are in one trace,
// whatever went wrong between them.
#include <grpcpp/client_context.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <vector>

#include "base/trace_context.hpp"
#include "integration/stripe_gateway/fixture.hpp"
#include "integration/tracing/collector.hpp"
#include "runtime/metrics.hpp"
#include "stripe/creation_trace.hpp"
#include "tracing/exporter.hpp"

namespace quittance::stripe_gateway::test {
namespace {

namespace otlp = opentelemetry::proto;
using quittance::test::attribute_of;
using quittance::test::Collector;
using quittance::test::hex;
using Span = otlp::trace::v1::Span;

class Traced {
  public:
    Traced() : exporter_(options(), metrics_) {}

    // A creation by a caller whose trace is sampled. Returns the id of that trace.
    std::string create(RunningGateway& gateway, const v1::CreateInvoiceRequest& request, grpc::StatusCode& code) {
        auto caller = base::new_trace();
        caller.sampled = true;
        grpc::ClientContext context;
        context.set_deadline(std::chrono::system_clock::now() + kPatience);
        context.AddMetadata("traceparent", base::traceparent_of(caller));
        v1::StripeInvoice answer;
        code = gateway.stub().CreateInvoice(&context, request, &answer).error_code();
        return base::trace_id_of(caller);
    }

    std::vector<Span> spans_of(const std::string& trace) const {
        std::vector<Span> spans;
        for (const auto& received : collector_.spans())
            if (hex(received.span.trace_id()) == trace) spans.push_back(received.span);
        return spans;
    }

    // Waits for so many spans "create invoice" of the trace: they end last.
    std::vector<Span> story_of(const std::string& trace, int creations) const {
        std::vector<Span> spans;
        REQUIRE(eventually([&] {
            spans = spans_of(trace);
            return std::count_if(spans.begin(), spans.end(),
                                 [](const Span& span) { return span.name() == "create invoice"; }) == creations;
        }));
        return spans;
    }

  private:
    tracing::ExporterOptions options() const {
        tracing::ExporterOptions options;
        options.service = "gateway";
        options.endpoint = collector_.endpoint();
        options.interval = std::chrono::milliseconds(10);
        return options;
    }

    Collector collector_;
    runtime::Metrics metrics_;
    tracing::Exporter exporter_;
};

std::string trace_of(const v1::CreateInvoiceRequest& request) {
    return base::trace_id_of(stripe::creation_trace("default", request.idempotency_key()));
}

std::vector<Span> tries_in(const std::vector<Span>& spans) {
    std::vector<Span> tries;
    for (const auto& span : spans)
        if (span.kind() == Span::SPAN_KIND_CLIENT) tries.push_back(span);
    return tries;
}

}  // namespace

TEST_CASE("each try at Stripe is a span with its number, its outcome and Stripe's request id") {
    Traced traced;
    RunningGateway gateway;
    auto& emulator = Emulator::shared();
    emulator.misbehave({{"kind", "drop_after"}, {"method", "POST"}, {"path", "*/finalize"}});
    const auto request = creation(emulator.customer(), {1'200, -200});
    grpc::StatusCode code{};
    const auto caller = traced.create(gateway, request, code);
    REQUIRE(code == grpc::StatusCode::OK);
    const auto spans = traced.story_of(trace_of(request), 1);
    std::vector<Span> finalising;
    for (const auto& span : tries_in(spans)) {
        CHECK(span.parent_span_id().size() == 8);
        if (span.name() == "POST /v1/invoices/{id}/finalize") finalising.push_back(span);
    }
    REQUIRE(finalising.size() == 2);
    CHECK(attribute_of(finalising[0], "quittance.try") == "1");
    CHECK(finalising[0].status().code() == otlp::trace::v1::Status::STATUS_CODE_ERROR);
    CHECK(attribute_of(finalising[1], "quittance.try") == "2");
    CHECK(attribute_of(finalising[1], "http.request.resend_count") == "1");
    CHECK(attribute_of(finalising[1], "http.response.status_code") == "200");
    CHECK(attribute_of(finalising[1], "quittance.stripe_request_id").rfind("req_", 0) == 0);
    // The request's own trace and the creation's name each other.
    const auto served = traced.spans_of(caller);
    REQUIRE(served.size() == 1);
    CHECK(served[0].name() == "quittance.v1.StripeGateway/CreateInvoice");
    REQUIRE(served[0].links_size() == 1);
    CHECK(hex(served[0].links(0).trace_id()) == trace_of(request));
}

TEST_CASE("the repeated request is in the trace of the first, and no span lacks its parent") {
    Traced traced;
    RunningGateway gateway;
    auto& emulator = Emulator::shared();
    const auto request = creation(emulator.customer(), {1'200});
    std::set<std::string> callers;
    grpc::StatusCode code{};
    emulator.misbehave(
        {{"kind", "error_500_before"}, {"method", "POST"}, {"path", "/v1/invoices"}, {"count", 0}, {"stored", false}});
    callers.insert(traced.create(gateway, request, code));
    CHECK(code != grpc::StatusCode::OK);
    emulator.behave();
    callers.insert(traced.create(gateway, request, code));
    CHECK(code == grpc::StatusCode::OK);
    callers.insert(traced.create(gateway, request, code));
    CHECK(code == grpc::StatusCode::OK);
    const auto spans = traced.story_of(trace_of(request), 3);
    std::set<std::string> ids;
    std::set<std::string> linked;
    for (const auto& span : spans) {
        CHECK(ids.insert(hex(span.span_id())).second);
        for (const auto& link : span.links()) linked.insert(hex(link.trace_id()));
    }
    for (const auto& span : spans) CHECK((span.parent_span_id().empty() || ids.count(hex(span.parent_span_id())) == 1));
    CHECK(linked == callers);
    CHECK(emulator.invoices_of(request.stripe_customer_id()).size() == 1);
}

}  // namespace quittance::stripe_gateway::test
