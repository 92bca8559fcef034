#include "http/server/router.hpp"

#include <algorithm>
#include <stdexcept>

#include "base/percent.hpp"

namespace quittance::http {

// A tree of path segments. Literal children first, then the one {name} child.
struct Router::Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> literal;
    std::unique_ptr<Node> parameter;
    std::map<std::string, std::size_t, std::less<>> methods;  // method -> index into routes_
};

namespace {

// The next segment of "/a/b": takes "a" off the front. `path` starts with '/'.
std::string_view take_segment(std::string_view& path) {
    path.remove_prefix(1);
    const auto end = path.find('/');
    const auto segment = path.substr(0, end);
    path.remove_prefix(end == std::string_view::npos ? path.size() : end);
    return segment;
}

}  // namespace

Router::Router(std::vector<Route> routes) : root_(std::make_unique<Node>()), routes_(std::move(routes)) {
    for (std::size_t i = 0; i < routes_.size(); ++i) {
        std::string_view rest = routes_[i].pattern;
        if (rest.empty() || rest.front() != '/')
            throw std::logic_error("a route must start with '/': " + routes_[i].pattern);
        auto* node = root_.get();
        while (!rest.empty()) {
            const auto segment = take_segment(rest);
            auto& child = segment.starts_with('{') ? node->parameter : node->literal[std::string(segment)];
            if (!child) child = std::make_unique<Node>();
            node = child.get();
        }
        if (!node->methods.emplace(routes_[i].method, i).second)
            throw std::logic_error("a route is there twice: " + routes_[i].method + " " + routes_[i].pattern);
    }
}

Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

Router::Match Router::match(std::string_view method, std::string_view path) const {
    Match match;
    if (path.empty() || path.front() != '/') return match;
    const auto* node = root_.get();
    std::string decoded;
    while (!path.empty()) {
        const auto segment = take_segment(path);
        // Decoded before the comparison, so that %61pi is api. A path with a bad escape is unknown.
        if (!base::percent_decode(segment, false, decoded)) return match;
        if (const auto literal = node->literal.find(decoded); literal != node->literal.end()) {
            node = literal->second.get();
        } else if (node->parameter && !decoded.empty()) {
            match.path_parameters.push_back(decoded);
            node = node->parameter.get();
        } else {
            return match;
        }
    }
    if (node->methods.empty()) return match;
    auto found = node->methods.find(method);
    if (found == node->methods.end() && method == "HEAD") found = node->methods.find(std::string_view("GET"));
    if (found != node->methods.end()) match.route = &routes_[found->second];
    for (const auto& [name, index] : node->methods) {
        match.allow += (match.allow.empty() ? "" : ", ") + name;
        if (name == "GET" && !node->methods.contains("HEAD")) match.allow += ", HEAD";
    }
    if (!node->methods.contains("OPTIONS")) match.allow += ", OPTIONS";
    return match;
}

}  // namespace quittance::http
