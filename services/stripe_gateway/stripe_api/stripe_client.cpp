#include "stripe_gateway/stripe_api/stripe_client.hpp"

#include <charconv>
#include <ctime>

#include "stripe/form.hpp"
#include "stripe/json_document.hpp"
#include "stripe/json_fields.hpp"

namespace quittance::stripe_gateway {

namespace {

constexpr std::string_view kUserAgent = "Quittance/0.1 stripe_gateway";

std::string_view value_of(const http::Headers& headers, std::string_view name) {
    const auto* value = http::find_header(headers, name);
    return value ? std::string_view(*value) : std::string_view();
}

// Whole seconds; the form with a date is not used by Stripe.
std::optional<std::chrono::milliseconds> read_retry_after(std::string_view text) {
    unsigned seconds = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (text.empty() || problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return std::chrono::seconds(seconds);
}

// The time in an HTTP date (RFC 9110, 5.6.7), in the one form that servers send.
std::optional<std::chrono::system_clock::time_point> read_date(std::string_view text) {
    std::tm parts{};
    const std::string date(text);
    const auto* end = ::strptime(date.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    if (end == nullptr || *end != '\0') return std::nullopt;
    return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

// The time of the answer by Stripe's clock (by ours if Stripe sends no Date), minus the time that the call took. Stripe
// read its data not before this moment.
std::chrono::system_clock::time_point time_asked(const http::Headers& headers,
                                                 std::chrono::steady_clock::duration took) {
    const auto answered = read_date(value_of(headers, "Date")).value_or(std::chrono::system_clock::now());
    return answered - std::chrono::duration_cast<std::chrono::system_clock::duration>(took);
}

v1::StripeError read_error(const StripeAnswer& answer) {
    v1::StripeError error;
    const stripe::JsonDocument document(answer.body);
    std::string problem;
    const auto fields = stripe::Fields(document.object(), problem).child("error");
    stripe::assign_text(*error.mutable_type(), fields.text("type"));
    stripe::assign_text(*error.mutable_code(), fields.text("code"));
    stripe::assign_text(*error.mutable_param(), fields.text("param"));
    stripe::assign_text(*error.mutable_message(), fields.text("message"));
    stripe::assign_text(*error.mutable_decline_code(), fields.text("decline_code"));
    error.set_http_status(answer.status);
    error.set_request_id(answer.request_id);
    return error;
}

}  // namespace

StripeAnswer read_answer(http::ClientResponse response, std::chrono::steady_clock::duration took) {
    StripeAnswer answer;
    answer.status = response.status;
    answer.body = std::move(response.body);
    answer.request_id = value_of(response.headers, "Request-Id");
    answer.replayed = value_of(response.headers, "Idempotent-Replayed") == "true";
    const auto should_retry = value_of(response.headers, "Stripe-Should-Retry");
    if (should_retry == "true") answer.should_retry = true;
    if (should_retry == "false") answer.should_retry = false;
    answer.retry_after = read_retry_after(value_of(response.headers, "Retry-After"));
    answer.rate_limited = !value_of(response.headers, "Stripe-Rate-Limited-Reason").empty();
    if (!answer.ok()) answer.error = read_error(answer);
    answer.time = time_asked(response.headers, took);
    return answer;
}

StripeClient::StripeClient(boost::asio::io_context& loop, StripeClientOptions options)
    : options_(std::move(options)), client_(loop, options_.http) {}

boost::asio::awaitable<StripeOutcome> StripeClient::send(const StripeRequest& request,
                                                         std::chrono::steady_clock::time_point deadline) {
    http::ClientRequest wire;
    wire.method = request.method;
    wire.target = request.path;
    auto form = stripe::encode_form(request.parameters);
    const auto& key = request.candidate_key ? *request.candidate_key : options_.api_key;
    wire.headers = {{"Authorization", "Bearer " + key.reveal()},
                    {"Stripe-Version", options_.api_version},
                    {"User-Agent", std::string(kUserAgent)},
                    {"Accept", "application/json"}};
    if (!options_.connected_account.empty()) wire.headers.push_back({"Stripe-Account", options_.connected_account});
    if (request.method == "POST") {
        wire.headers.push_back({"Content-Type", "application/x-www-form-urlencoded"});
        if (!request.idempotency_key.empty()) wire.headers.push_back({"Idempotency-Key", request.idempotency_key});
        wire.body = std::move(form);
    } else if (!form.empty()) {
        wire.target += "?" + form;
    }
    const auto start = std::chrono::steady_clock::now();
    auto result = co_await client_.send(std::move(wire), deadline);
    if (auto* failure = std::get_if<http::ClientFailure>(&result)) {
        NoAnswer none{std::move(failure->reason), failure->timed_out, failure->sent};
        none.throttled = failure->no_place;
        none.too_large = failure->too_large;
        co_return none;
    }
    co_return read_answer(std::get<http::ClientResponse>(std::move(result)), std::chrono::steady_clock::now() - start);
}

}  // namespace quittance::stripe_gateway
