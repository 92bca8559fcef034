#include "integration/http/served.hpp"

#include <sstream>
#include <stdexcept>

#include "base/percent.hpp"

namespace quittance::test {

using boost::asio::awaitable;
using http::Request;
using http::Response;

namespace {

constexpr std::size_t kLargeBody = 16 * 1024 * 1024;

Response text_response(std::string body) {
    Response response;
    response.content_type = "text/plain";
    response.body = std::move(body);
    return response;
}

awaitable<Response> hello(const Request&) {
    co_return text_response("hello");
}
awaitable<Response> echo(const Request& request) {
    co_return text_response(request.body);
}
awaitable<Response> parts(const Request& request) {
    co_return text_response(request.path_parameters.at(0) + "|" + request.path_parameters.at(1) + "|" + request.query);
}
awaitable<Response> throw_exception(const Request&) {
    throw std::runtime_error("the secret is 42");
    co_return Response();  // makes it a coroutine
}
awaitable<Response> throw_other(const Request&) {
    throw 42;  // NOLINT(hicpp-exception-baseclass): that is the point
    co_return Response();
}
awaitable<Response> header(const Request& request) {
    Response response = text_response("with a header");
    std::string value;
    base::percent_decode(request.query, true, value);
    response.headers.push_back({"X-Given", value});
    co_return response;
}
awaitable<Response> empty(const Request&) {
    Response response = text_response("never sent");
    response.status = 204;
    co_return response;
}
awaitable<Response> drop(const Request&) {
    Response response = text_response("never sent");
    response.drop_connection = true;
    co_return response;
}
awaitable<Response> shared(const Request&) {
    static const auto kBody = std::make_shared<const std::string>(kLargeBody, 'x');
    Response response = text_response({});
    response.shared_body = kBody;
    co_return response;
}
awaitable<Response> tagged(const Request&) {
    Response response = text_response("tagged");
    response.headers.push_back({"ETag", "\"1\""});
    co_return response;
}
awaitable<Response> guarded(const Request& request) {
    if (request.header("Credential") != "good") {
        Response refusal = text_response("refused");
        refusal.status = 401;
        co_return refusal;
    }
    if (request.unread_body != nullptr) {
        auto failure = co_await request.unread_body->read(http::Sender::kCaller);
        if (failure) co_return std::move(*failure);
    }
    co_return text_response(request.body);
}
awaitable<Response> by_signature(const Request& request) {
    if (request.unread_body != nullptr) {
        auto failure = co_await request.unread_body->read(http::Sender::kStranger);
        if (failure) co_return std::move(*failure);
    }
    co_return text_response(request.body);
}
awaitable<Response> large(const Request&) {
    co_return text_response(std::string(kLargeBody, 'x'));
}

}  // namespace

Served::Served(http::ServerLimits limits, http::ServerOptions options) {
    options.limits = limits;
    thread_.call([&] {
        server_ = std::make_unique<http::Server>(thread_.loop(), std::move(options), routes(), metrics_);
        server_->start();
    });
}

Served::~Served() {
    thread_.stop();
    server_.reset();
}

http::Router Served::routes() {
    const auto counted = [this](awaitable<Response> (*handler)(const Request&)) -> http::Handler {
        return [this, handler](const Request& request) {
            ++handled_;
            return handler(request);
        };
    };
    const http::Handler held = [this](const Request& request) -> awaitable<Response> {
        ++handled_;
        co_await gate_.pass();
        co_return text_response("released" + request.body);
    };
    return http::Router({
        {"GET", "/hello", counted(hello), 0},
        {"POST", "/echo", counted(echo), 0},
        {"PUT", "/echo", counted(echo), 0},
        {"POST", "/small", counted(echo), 100},
        {"GET", "/parts/{a}/{b}", counted(parts), 0},
        {"GET", "/held", held, 0},
        {"POST", "/held", held, 0},
        {"GET", "/throw", counted(throw_exception), 0},
        {"GET", "/throw-other", counted(throw_other), 0},
        {"GET", "/header", counted(header), 0},
        {"GET", "/empty", counted(empty), 0},
        {"GET", "/drop", counted(drop), 0},
        {"GET", "/large", counted(large), 0},
        {"GET", "/shared", counted(shared), 0},
        {"GET", "/tagged", counted(tagged), 0},
        {"POST", "/guarded", counted(guarded), 0, http::BodyReading::kByHandler},
        {"POST", "/signed", counted(by_signature), 0, http::BodyReading::kByHandler},
    });
}

double Served::metric(const std::string& series) {
    std::istringstream lines(metrics());
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with(series + " ")) return std::stod(line.substr(series.size() + 1));
    return 0;
}

std::future<bool> Served::drain(std::chrono::milliseconds time) {
    auto done = std::make_shared<std::promise<bool>>();
    auto result = done->get_future();
    thread_.start([this, time, done]() -> awaitable<void> {
        const bool gentle = co_await server_->drain(std::chrono::steady_clock::now() + time);
        done->set_value(gentle);
    });
    return result;
}

std::string get(const std::string& target, const std::string& fields) {
    return "GET " + target + " HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
}

std::string post(const std::string& target, const std::string& body, const std::string& fields) {
    return "POST " + target + " HTTP/1.1\r\nHost: x\r\n" + fields + "Content-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

}  // namespace quittance::test
