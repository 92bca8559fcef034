#include "integration/tracing/collector.hpp"

#include <stdexcept>

#include "support/patience.hpp"

namespace quittance::test {
namespace {

std::string text_of(const otlp::common::v1::AnyValue& value) {
    using Any = otlp::common::v1::AnyValue;
    switch (value.value_case()) {
        case Any::kStringValue:
            return value.string_value();
        case Any::kIntValue:
            return std::to_string(value.int_value());
        case Any::kDoubleValue:
            return std::to_string(value.double_value());
        case Any::kBoolValue:
            return value.bool_value() ? "true" : "false";
        default:
            return "?";
    }
}

}  // namespace

Collector::Collector(Collects how) : how_(how) {
    std::vector<http::Route> routes;
    routes.push_back({"POST", "/v1/traces", [this](const http::Request& request) { return receive(request); }, 0});
    http::ServerOptions options;
    options.limits.body_bytes = 16 * 1024 * 1024;
    server_.emplace(thread_.loop(), options, http::Router(std::move(routes)), metrics_);
    thread_.call([this] { server_->start(); });
}

Collector::~Collector() {
    thread_.stop();
}

std::string Collector::endpoint() const {
    return "http://127.0.0.1:" + std::to_string(server_->port());
}

boost::asio::awaitable<http::Response> Collector::receive(const http::Request& request) {
    ++calls_;
    http::Response response;
    response.content_type = "application/x-protobuf";
    if (how_ == Collects::kNeverAnswers) co_await never_.pass();
    otlp::collector::trace::v1::ExportTraceServiceRequest spans;
    if (how_ == Collects::kNothing) {
        response.status = 503;
        co_return response;
    }
    if (request.header("Content-Type") != "application/x-protobuf" || !spans.ParseFromString(request.body)) {
        response.status = 400;
        co_return response;
    }
    const std::lock_guard lock(mutex_);
    for (const auto& of_resource : spans.resource_spans())
        for (const auto& of_scope : of_resource.scope_spans())
            for (const auto& span : of_scope.spans()) {
                ReceivedSpan received{{}, span};
                for (const auto& attribute : of_resource.resource().attributes())
                    if (attribute.key() == "service.name") received.service = text_of(attribute.value());
                if (tell_) tell_(received);
                spans_.push_back(std::move(received));
            }
    co_return response;
}

std::vector<ReceivedSpan> Collector::spans() const {
    const std::lock_guard lock(mutex_);
    return spans_;
}

otlp::trace::v1::Span Collector::wait_for(const std::string& name) const {
    std::optional<otlp::trace::v1::Span> found;
    const bool came = eventually([&] {
        for (const auto& received : spans())
            if (received.span.name() == name) found = received.span;
        return found.has_value();
    });
    if (!came) throw std::runtime_error("no span came with the name " + name);
    return *found;
}

void Collector::on_span(std::function<void(const ReceivedSpan&)> tell) {
    const std::lock_guard lock(mutex_);
    tell_ = std::move(tell);
}

std::string attribute_of(const otlp::trace::v1::Span& span, const std::string& name) {
    for (const auto& attribute : span.attributes())
        if (attribute.key() == name) return text_of(attribute.value());
    return {};
}

std::string hex(const std::string& bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        text.push_back(kDigits[byte >> 4U]);
        text.push_back(kDigits[byte & 15U]);
    }
    return text;
}

}  // namespace quittance::test
