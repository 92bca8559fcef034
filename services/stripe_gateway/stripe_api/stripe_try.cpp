#include "stripe_gateway/stripe_api/stripe_try.hpp"

#include <string>

#include "base/trace_context.hpp"
#include "runtime/log.hpp"

namespace quittance::stripe_gateway {
namespace {

// "/v1/invoices/{id}/pay" of "POST /v1/invoices/{id}/pay".
std::string_view template_of(std::string_view endpoint) {
    return endpoint.substr(endpoint.find(' ') + 1);
}

}  // namespace

tracing::Span span_of(const StripeTry& attempt) {
    if (!attempt.origin || attempt.origin->trace.empty()) return {};
    tracing::Span span(attempt.request.endpoint, tracing::Kind::kClient, attempt.origin->trace);
    if (!span.recording()) return span;
    span.set({"http.request.method", attempt.request.method});
    span.set({"url.template", template_of(attempt.request.endpoint)});
    span.set({"url.path", attempt.request.path});
    if (attempt.number > 1) span.set({"http.request.resend_count", attempt.number - 1});
    span.set({"quittance.account", attempt.account});
    span.set({"quittance.try", attempt.number});
    return span;
}

void end_span(tracing::Span& span, const StripeOutcome& outcome) {
    if (!span.recording()) return;
    if (const auto* none = std::get_if<NoAnswer>(&outcome)) {
        span.add_event("no answer", {{"reason", none->reason}, {"sent", none->sent}});
        span.fail(none->timed_out ? "timeout" : "no_answer");
    } else {
        const auto& answer = std::get<StripeAnswer>(outcome);
        span.set({"http.response.status_code", answer.status});
        span.set({"quittance.stripe_request_id", answer.request_id});
        span.set({"quittance.stripe_replayed", answer.replayed});
        if (answer.status >= 400) span.fail(std::to_string(answer.status));
    }
    span.end();
}

void log_try(const StripeTry& attempt, const StripeOutcome& outcome, std::chrono::steady_clock::duration took,
             runtime::LineLimit& limit) {
    const bool raised = attempt.origin && attempt.origin->log_raised;
    const auto* answer = std::get_if<StripeAnswer>(&outcome);
    const bool quiet = attempt.request.method == "GET" && answer && answer->ok();
    if (quiet && !runtime::logs_details(raised)) return;
    const auto left_out = quiet || raised ? std::nullopt : limit.admit();
    if (!quiet && !left_out && !runtime::logs_details(raised)) return;
    const auto request_id = attempt.origin ? std::string_view(attempt.origin->request_id) : std::string_view();
    const auto trace_id = attempt.origin ? base::trace_id_of(attempt.origin->trace) : std::string();
    const double ms = std::chrono::duration<double, std::milli>(took).count();
    if (!answer) {
        const auto& none = std::get<NoAnswer>(outcome);
        runtime::log_warn("Stripe did not answer", {{"account", attempt.account},
                                                    {"endpoint", attempt.request.endpoint},
                                                    {"path", attempt.request.path},
                                                    {"try", attempt.number},
                                                    {"reason", none.reason},
                                                    {"sent", none.sent},
                                                    {"ms", ms},
                                                    {"request_id", request_id},
                                                    {"trace_id", trace_id}});
        return;
    }
    const std::initializer_list<runtime::Field> fields{{"account", attempt.account},
                                                       {"endpoint", attempt.request.endpoint},
                                                       {"path", attempt.request.path},
                                                       {"try", attempt.number},
                                                       {"status", answer->status},
                                                       {"code", answer->error.code()},
                                                       {"replayed", answer->replayed},
                                                       {"ms", ms},
                                                       {"stripe_request_id", answer->request_id},
                                                       {"request_id", request_id},
                                                       {"trace_id", trace_id}};
    if (left_out)
        runtime::log_info("call to Stripe", fields);
    else
        runtime::log_detail(raised, "call to Stripe", fields);
}

}  // namespace quittance::stripe_gateway
