// Routes with a credential. The table of a surface names the credential and the right of each route. Both are checked
// here, before the body is read and before the handler. The status of a failed call becomes a problem here, after it.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "edge/middleware/credentials.hpp"
#include "edge/middleware/refused_requests.hpp"
#include "http/server/router.hpp"
#include "rpc/status.hpp"

namespace quittance::edge {

// The result of a handler: a response, or the status of a failed call, which becomes a problem.
using Answer = boost::asio::awaitable<rpc::Result<http::Response>>;

// One line in the table of a surface.
template <class Surface>
struct AuthorisedRoute {
    std::string_view method;
    std::string_view pattern;
    Credential credential;
    Right right;  // that an API key needs
    Answer (Surface::*handler)(const Caller&, const http::Request&);
};

using AuthorisedHandler = std::function<Answer(const Caller&, const http::Request&)>;

// Who checks credentials, and who is told of refusals. Both must outlive the handlers.
struct Access {
    Authenticator& authenticator;
    http::Refusals& refusals;
};

http::Handler with_credential(Access access, RefusedAt place, Credential credential, Right right,
                              AuthorisedHandler handler);

// Adds the routes of a surface's table. `surface` must outlive the router. Its kSurface names it in the metrics.
template <class Surface, std::size_t N>
void add_routes(std::vector<http::Route>& routes, Access access, Surface& surface,
                const std::array<AuthorisedRoute<Surface>, N>& table) {
    for (const auto& line : table) {
        auto call = [&surface, handler = line.handler](const Caller& caller, const http::Request& request) {
            return (surface.*handler)(caller, request);
        };
        RefusedAt place{Surface::kSurface, std::string(line.method) + " " + std::string(line.pattern)};
        routes.push_back({std::string(line.method), std::string(line.pattern),
                          with_credential(access, std::move(place), line.credential, line.right, std::move(call)), 0,
                          http::BodyReading::kByHandler});
    }
}

}  // namespace quittance::edge
