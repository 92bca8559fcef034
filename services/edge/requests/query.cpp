#include "edge/requests/query.hpp"

#include <algorithm>
#include <charconv>

#include "http/message.hpp"

namespace quittance::edge {

Query::Query(std::string_view query, std::span<const std::string_view> known, std::vector<http::FieldError>& errors) {
    constexpr std::size_t kMostParameters = 50;
    std::vector<std::pair<std::string, std::string>> given;
    if (!http::parse_query(query, given)) {
        errors.push_back({"query", "has a malformed percent escape"});
        return;
    }
    if (given.size() > kMostParameters) {
        errors.push_back({"query", "has more than 50 parameters"});
        return;
    }
    for (auto& [name, value] : given) {
        const auto same = [&name = name](const auto& pair) { return pair.first == name; };
        const auto times = std::count_if(given.begin(), given.end(), same);
        const bool reported =
            std::any_of(errors.begin(), errors.end(), [&name = name](const auto& e) { return e.field == name; });
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            if (!reported) errors.push_back({name, "is not a parameter of this list"});
        } else if (times > 1) {
            if (!reported) errors.push_back({name, "is given more than once"});
        } else {
            values_.emplace_back(name, value);
        }
    }
}

std::optional<std::string> Query::value(std::string_view name) const {
    for (const auto& [given, value] : values_)
        if (given == name) return value;
    return std::nullopt;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
    std::int64_t number = 0;
    if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || stop != end) return std::nullopt;
    return number;
}

}  // namespace quittance::edge
