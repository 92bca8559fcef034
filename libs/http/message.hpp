// Requests and responses as handlers see them: plain types without Beast. Only the sources of libs/http include Beast,
// because a source with its coroutines takes 25 to 45 s to compile.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/trace_context.hpp"

namespace quittance::http {

struct Header {
    std::string name;
    std::string value;
};

// Header fields in the order of the wire. Names compare without case (RFC 9110, 5.1).
using Headers = std::vector<Header>;

// The first field of that name, or nullptr.
const std::string* find_header(const Headers& headers, std::string_view name);
// How many fields have that name: a credential that is sent twice is refused.
std::size_t count_headers(const Headers& headers, std::string_view name);

struct Response;

// Who sends a body: it counts to a limit of its own.
enum class Sender {
    kStranger,  // nobody has vouched for the sender, or only the body can
    kCaller,    // the credential was right
};

// A body that the server has not read yet, of a route whose handler reads it (Route::body).
class UnreadBody {
  public:
    virtual ~UnreadBody() = default;
    // Reads the body into the request. Sends `100 Continue` before, if the client waits for it. Nothing: the body is
    // there. Otherwise the answer to give instead: 400, 408, 413, 417, 503.
    virtual boost::asio::awaitable<std::optional<Response>> read(Sender sender) = 0;
};

struct Request {
    std::string method;  // upper case as on the wire, e.g. "GET"
    std::string target;  // as on the wire: "/a/b%20c?x=1"
    std::string path;    // the target before '?', not decoded
    std::string query;   // the target after '?', not decoded, without the '?'
    Headers headers;
    std::string body;                          // the raw bytes; never longer than the route's or server's limit
    std::vector<std::string> path_parameters;  // the values of {name} in the route's pattern, percent-decoded
    std::string request_id;    // the client's X-Request-Id if it is harmless, else our own; on every log line
    std::string peer_address;  // the socket's peer, "127.0.0.1:4711"
    base::TraceContext trace;  // the parent of what the handler begins; from `traceparent`, or new
    bool log_raised = false;   // an operator asked for all lines about this request
    std::chrono::steady_clock::time_point deadline;  // the answer must be ready by then
    // Set while the body is still to be read. The handler may leave it unread, if it refuses the request.
    UnreadBody* unread_body = nullptr;

    // The value of the first field of that name, or an empty string.
    std::string_view header(std::string_view name) const;
};

struct Response {
    int status = 200;
    std::string content_type = "application/json";
    std::string body;
    // An answer that never changes: sent instead of `body`, and shared by all who get it.
    std::shared_ptr<const std::string> shared_body;
    Headers headers;  // beside Content-Type, Content-Length, Date, Connection and X-Request-Id, which the server sets
    // Reset the connection instead of answering. Only the emulator's faults use it.
    bool drop_connection = false;
    // For the line about the request: who asked, and the code of a problem. They are not sent.
    std::string caller{};
    std::string code{};
    bool log_raised = false;  // an operator asked for all lines about this request

    std::string_view content() const { return shared_body ? std::string_view(*shared_body) : std::string_view(body); }
};

// A handler is a coroutine on the server's loop. The request outlives it. An exception becomes a 500 without details.
using Handler = std::function<boost::asio::awaitable<Response>(const Request&)>;

// The pairs of "a=1&b=2", decoded with '+' as a space, in order. False on a malformed escape.
bool parse_query(std::string_view query, std::vector<std::pair<std::string, std::string>>& out);

// Whether an answer of that status has content and its fields (RFC 9110, 6.4.1).
constexpr bool has_content(int status) {
    return status != 204 && status != 304;
}

// The reason phrase of a status code (RFC 9110, 15), "Unknown" for one that has none.
std::string_view reason_phrase(int status);

}  // namespace quittance::http
