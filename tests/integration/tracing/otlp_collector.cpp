// The collector of the tests as a program, for tests of whole stacks. It prints its endpoint, then each span as a line
// of JSON, and ends when its standard input does.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>
#include <mutex>
#include <string>

#include "integration/tracing/collector.hpp"

namespace {

namespace json = boost::json;
using namespace quittance::test;  // NOLINT(google-build-using-namespace)

json::object shown(const ReceivedSpan& received) {
    const auto& span = received.span;
    json::object object{{"service", received.service},
                        {"name", span.name()},
                        {"kind", otlp::trace::v1::Span::SpanKind_Name(span.kind())},
                        {"trace", hex(span.trace_id())},
                        {"span", hex(span.span_id())},
                        {"parent", hex(span.parent_span_id())},
                        {"failed", span.status().code() == otlp::trace::v1::Status::STATUS_CODE_ERROR}};
    auto& attributes = object["attributes"].emplace_object();
    for (const auto& attribute : span.attributes()) attributes[attribute.key()] = attribute_of(span, attribute.key());
    auto& links = object["links"].emplace_array();
    for (const auto& link : span.links()) links.emplace_back(hex(link.trace_id()));
    return object;
}

}  // namespace

int main() {
    std::mutex mutex;
    Collector collector;
    collector.on_span([&mutex](const ReceivedSpan& received) {
        const auto line = json::serialize(shown(received));
        const std::lock_guard lock(mutex);
        std::cout << line << std::endl;  // NOLINT(performance-avoid-endl): the reader waits for it
    });
    {
        const std::lock_guard lock(mutex);
        std::cout << collector.endpoint() << std::endl;  // NOLINT(performance-avoid-endl)
    }
    std::string ignored;
    while (std::getline(std::cin, ignored)) continue;
    return 0;
}
