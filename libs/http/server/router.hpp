// Finds the handler for a method and path. A service lists its routes in a constexpr array (see `bind_routes`), where
// the whole API can be read. The router is built from it once.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.hpp"

namespace quittance::http {

// When the body of a request is read.
enum class BodyReading {
    kBeforeHandler,  // the handler finds it in the request
    kByHandler,      // the handler reads it (Request::unread_body) once it knows that it wants it
};

struct Route {
    std::string method;   // "GET"; HEAD is answered by GET's handler, without the body
    std::string pattern;  // "/admin/api/invoices/{id}": a {name} matches one whole segment, which is never empty
    Handler handler;
    std::size_t body_limit_bytes = 0;  // 0: the server's limit
    BodyReading body = BodyReading::kBeforeHandler;
};

class Router {
  public:
    // Throws std::logic_error if two routes are equal: a mistake in the table.
    explicit Router(std::vector<Route> routes);
    ~Router();
    Router(Router&&) noexcept;
    Router& operator=(Router&&) noexcept;

    struct Match {
        const Route* route = nullptr;              // null: no such path, or not with this method
        std::vector<std::string> path_parameters;  // decoded
        std::string
            allow;  // the methods that the path has, for 405 and OPTIONS: "GET, HEAD, POST"; empty: no such path
    };
    // `path` as on the wire, without the query. A literal segment wins over a {name}.
    Match match(std::string_view method, std::string_view path) const;

  private:
    struct Node;
    std::unique_ptr<Node> root_;
    std::vector<Route> routes_;
};

// One line of a service's table.
template <class Service>
struct RouteOf {
    std::string_view method;
    std::string_view pattern;
    boost::asio::awaitable<Response> (Service::*handler)(const Request&);
    BodyReading body = BodyReading::kBeforeHandler;
};

// Adds the table of a service, bound to the service, which must outlive the router.
template <class Service, std::size_t N>
void add_routes(std::vector<Route>& routes, Service& service, const std::array<RouteOf<Service>, N>& table) {
    for (const auto& line : table) {
        auto handler = line.handler;
        routes.push_back({std::string(line.method), std::string(line.pattern),
                          [&service, handler](const Request& request) { return (service.*handler)(request); }, 0,
                          line.body});
    }
}

// A router with this table only.
template <class Service, std::size_t N>
Router bind_routes(Service& service, const std::array<RouteOf<Service>, N>& table) {
    std::vector<Route> routes;
    add_routes(routes, service, table);
    return Router(std::move(routes));
}

}  // namespace quittance::http
