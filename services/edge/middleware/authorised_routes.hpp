// Routes with a credential: the table of a surface says who may call what, and what surrounds every handler happens
// here once: the credential in front of it, the problem of a failed call behind it.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "edge/middleware/credentials.hpp"
#include "http/server/router.hpp"
#include "rpc/status.hpp"

namespace quittance::edge {

// A handler's answer: a response of any status, or the status of a call that failed, which becomes the problem.
using Answer = boost::asio::awaitable<rpc::Result<http::Response>>;

// One line of a surface's table.
template <class Surface>
struct AuthorisedRoute {
    std::string_view method;
    std::string_view pattern;
    Credential credential;
    Answer (Surface::*handler)(const Caller&, const http::Request&);
};

using AuthorisedHandler = std::function<Answer(const Caller&, const http::Request&)>;

// `authenticator` must outlive the handler.
http::Handler with_credential(Authenticator& authenticator, Credential credential, AuthorisedHandler handler);

// Adds a surface's constexpr table. Surface and authenticator must outlive the router.
template <class Surface, std::size_t N>
void add_routes(std::vector<http::Route>& routes, Authenticator& authenticator, Surface& surface,
                const std::array<AuthorisedRoute<Surface>, N>& table) {
    for (const auto& line : table) {
        auto call = [&surface, handler = line.handler](const Caller& caller, const http::Request& request) {
            return (surface.*handler)(caller, request);
        };
        routes.push_back({std::string(line.method), std::string(line.pattern),
                          with_credential(authenticator, line.credential, std::move(call)), 0});
    }
}

}  // namespace quittance::edge
