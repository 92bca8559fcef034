// The table of the emulated API: the operation of each method and path.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "stripe_emulator/operations/operations.hpp"

namespace quittance::stripe_emulator {

struct ApiRoute {
    std::string_view method;
    std::string_view pattern;  // as the schema spells it: "/v1/invoices/{invoice}/pay"
    Operation operation;
};

std::span<const ApiRoute> api_routes();

struct RouteMatch {
    const ApiRoute* route = nullptr;
    std::vector<std::string> path;  // the text at each {name}
};

// Nothing if no line of the table matches.
std::optional<RouteMatch> find_route(std::string_view method, std::string_view path);

}  // namespace quittance::stripe_emulator
