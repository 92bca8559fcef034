#include "http/server/access_log.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "http/server/exchange.hpp"
#include "runtime/log.hpp"

namespace quittance::http {
namespace {

enum KindOfRequest : std::size_t { kRead, kWrite, kRefused, kFailed };

constexpr double kFailureLines = 1'000;

KindOfRequest kind_of(const Exchange& exchange) {
    if (exchange.response.status >= 500) return kFailed;
    if (exchange.response.status >= 400) return kRefused;
    const auto& method = exchange.request.method;
    return method == "GET" || method == "HEAD" || method == "OPTIONS" ? kRead : kWrite;
}

// "GET /admin/api/invoices/{id}"; of an unknown path the method alone, because a client chose the path.
std::string name_of(const Exchange& exchange) {
    if (exchange.route == nullptr) return exchange.request.method.empty() ? "HTTP" : exchange.request.method;
    return exchange.request.method + " " + exchange.route->pattern;
}

}  // namespace

void AccessLog::begin_trace(Exchange& exchange, std::string_view traceparent, std::string_view tracestate) const {
    if (silent_) return;
    const auto parent = base::read_trace_context(traceparent, tracestate);
    exchange.span = tracing::Span("HTTP", tracing::Kind::kServer, parent.value_or(base::TraceContext()));
    exchange.request.trace = exchange.span.context();
}

AccessLog::AccessLog(std::string server, std::optional<double> lines_per_second)
    : server_(std::move(server)),
      silent_(!lines_per_second),
      limits_{runtime::LineLimit(lines_per_second.value_or(0)), runtime::LineLimit(lines_per_second.value_or(0)),
              runtime::LineLimit(lines_per_second.value_or(0)),
              runtime::LineLimit(std::max(lines_per_second.value_or(0), kFailureLines))} {}

void AccessLog::note(Exchange& exchange, double seconds) {
    if (!silent_) write(exchange, seconds);
    auto& span = exchange.span;
    if (!span.recording()) return;
    span.rename(name_of(exchange));
    span.set({"http.request.method", exchange.request.method});
    if (exchange.route != nullptr) span.set({"http.route", exchange.route->pattern});
    span.set({"url.path", exchange.request.path});
    span.set({"http.response.status_code", exchange.response.status});
    span.set({"http.response.body.size", exchange.response.content().size()});
    span.set({"quittance.request_id", exchange.request.request_id});
    if (!exchange.response.caller.empty()) span.set({"enduser.id", exchange.response.caller});
    if (exchange.response.status >= 500) span.fail(std::to_string(exchange.response.status));
    span.end();
}

void AccessLog::write(const Exchange& exchange, double seconds) {
    const auto kind = kind_of(exchange);
    const auto left_out = limits_[kind].admit();
    const bool raised = exchange.response.log_raised;
    if (!left_out && !raised) return;
    const auto route = name_of(exchange);
    const auto trace_id = base::trace_id_of(exchange.request.trace);
    const std::initializer_list<runtime::Field> fields{{"server", server_},
                                                       {"route", route},
                                                       {"status", exchange.response.status},
                                                       {"ms", seconds * 1'000},
                                                       {"bytes_in", exchange.body_bytes},
                                                       {"bytes_out", exchange.response.content().size()},
                                                       {"caller", exchange.response.caller},
                                                       {"code", exchange.response.code},
                                                       {"request_id", exchange.request.request_id},
                                                       {"trace_id", trace_id},
                                                       {"left_out", left_out.value_or(0)}};
    if (!left_out)
        runtime::log_detail(raised, "request", fields);
    else if (kind == kFailed)
        runtime::log_warn("request", fields);
    else
        runtime::log_info("request", fields);
}

}  // namespace quittance::http
