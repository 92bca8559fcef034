#include "edge/admin_api.hpp"

#include "edge/create_body.hpp"
#include "edge/paging.hpp"
#include "edge/render.hpp"
#include "edge/status_problem.hpp"
#include "http/problem.hpp"
#include "runtime/identifier.hpp"
#include "runtime/log.hpp"

namespace quittance::edge {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds kReadTime{5};
constexpr std::chrono::seconds kCreateTime{30};
constexpr std::size_t kLongestIdempotencyKey = 255;

Asking asking_of(const http::Request& request, std::chrono::seconds time) {
    return {request.request_id, std::chrono::system_clock::now() + time};
}

http::Response invalid(const http::Request& request, std::vector<http::FieldError> errors) {
    http::Problem problem;
    problem.status = 400;
    problem.code = "invalid_request";
    problem.detail = "The request is not valid.";
    problem.request_id = request.request_id;
    problem.errors = std::move(errors);
    return http::problem_response(problem);
}

http::Response refuse(const http::Request& request, int status, const char* code, std::string detail) {
    http::Problem problem;
    problem.status = status;
    problem.code = code;
    problem.detail = std::move(detail);
    problem.request_id = request.request_id;
    return http::problem_response(problem);
}

http::Response no_such_invoice(const http::Request& request) {
    http::Problem problem;
    problem.status = 404;
    problem.code = "invoice_not_found";
    problem.detail = "There is no such invoice.";
    problem.request_id = request.request_id;
    problem.errors.push_back({"id", "is no invoice of ours"});
    return http::problem_response(problem);
}

bool is_json(std::string_view content_type) {
    const auto type = content_type.substr(0, content_type.find(';'));
    std::string lower;
    for (const char c : type)
        if (c != ' ' && c != '\t') lower.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
    return lower == "application/json";
}

// What could be an id at all: 24 lower-case hex digits, or Stripe's.
bool could_be_id(std::string_view id) {
    constexpr std::size_t kOurIdLength = 24;
    constexpr std::size_t kLongestStripeId = 255;
    if (id.starts_with("in_")) return id.size() <= kLongestStripeId;
    return id.size() == kOurIdLength && id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// The caller's Idempotency-Key, or one for this request alone. False: the header is not usable.
bool idempotency_key_of(const http::Request& request, std::string& key) {
    const auto* given = http::find_header(request.headers, "Idempotency-Key");
    if (given == nullptr) {
        key = runtime::random_hex_128();
        return true;
    }
    key = *given;
    if (key.empty() || key.size() > kLongestIdempotencyKey) return false;
    if (http::count_headers(request.headers, "Idempotency-Key") > 1) return false;
    for (const char c : key)
        if (c < 0x21 || c > 0x7e) return false;
    return true;
}

}  // namespace

std::string_view AdminApi::authenticate(const http::Request& request, http::Response& refusal) const {
    const auto given = http::count_headers(request.headers, "Api-Key");
    const auto name = given == 1 ? keys_.name_of(request.header("Api-Key")) : std::string_view();
    if (name.empty()) {
        refusal = given == 0 ? refuse(request, 401, "missing_api_key", "This API needs an Api-Key header.")
                             : refuse(request, 401, "invalid_api_key", "The Api-Key is not valid.");
        refusal.headers.push_back({"WWW-Authenticate", "ApiKey header=\"Api-Key\""});
    }
    return name;
}

asio::awaitable<http::Response> AdminApi::list_invoices(const http::Request& request) {
    http::Response refusal;
    if (authenticate(request, refusal).empty()) co_return refusal;
    std::vector<http::FieldError> errors;
    const auto paging = read_paging(request.query, errors);
    if (!errors.empty()) co_return invalid(request, std::move(errors));

    v1::ListInvoicesRequest list;
    list.mutable_scope()->set_all_teams(true);
    list.set_page(paging.page);
    list.set_page_size(paging.limit);
    list.set_with_total(true);
    const auto asking = asking_of(request, kReadTime);
    const auto answer = co_await backends_.list_invoices(list, asking);
    if (answer.has_error()) co_return problem_of(answer.error(), request.request_id);
    http::Response response;
    response.body = admin_list(answer->invoices(), answer->total_size());
    co_return response;
}

asio::awaitable<http::Response> AdminApi::get_invoice(const http::Request& request) {
    http::Response refusal;
    if (authenticate(request, refusal).empty()) co_return refusal;
    const auto& id = request.path_parameters.front();
    if (!could_be_id(id)) co_return no_such_invoice(request);

    v1::GetInvoiceRequest get;
    get.set_id(id);
    get.mutable_scope()->set_all_teams(true);
    const auto asking = asking_of(request, kReadTime);
    const auto answer = co_await backends_.get_invoice(std::move(get), asking);
    if (answer.has_error() && answer.error().error_code() == grpc::StatusCode::NOT_FOUND)
        co_return no_such_invoice(request);
    if (answer.has_error()) co_return problem_of(answer.error(), request.request_id);
    http::Response response;
    append_admin_invoice(response.body, *answer);
    co_return response;
}

asio::awaitable<http::Response> AdminApi::create_invoice(const http::Request& request) {
    http::Response refusal;
    const auto key_name = authenticate(request, refusal);
    if (key_name.empty()) co_return refusal;
    if (!is_json(request.header("Content-Type")))
        co_return refuse(request, 415, "unsupported_media_type", "The body must be application/json.");
    auto body = read_create_body(request.body);
    if (body.malformed) co_return refuse(request, 400, "malformed_json", body.detail);
    if (!idempotency_key_of(request, *body.request.mutable_idempotency_key()))
        body.errors.push_back({"Idempotency-Key", "must be given once, with 1 to 255 visible ASCII characters"});
    if (!body.errors.empty()) co_return invalid(request, std::move(body.errors));

    const auto asking = asking_of(request, kCreateTime);
    auto answer = co_await backends_.create_invoice(body.request, asking);
    if (answer.has_error()) co_return problem_of(answer.error(), request.request_id);
    runtime::log_info("invoice created", {{"request_id", request.request_id},
                                          {"api_key", key_name},
                                          {"invoice", answer->invoice().stripe_invoice_id()},
                                          {"replayed", answer->replayed()}});
    http::Response response;
    response.body = std::move(*answer->mutable_json());
    if (answer->replayed()) response.headers.push_back({"Idempotent-Replayed", "true"});
    co_return response;
}

}  // namespace quittance::edge
