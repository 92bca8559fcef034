// Encodes and decodes forms. The decoder builds JSON while it reads: `[]` makes an array at once, `[name]` an object. A
// last pass turns objects whose names are all indices into arrays.
#include "stripe/form.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "base/percent.hpp"
#include "base/text.hpp"

namespace quittance::stripe {
namespace json = boost::json;
namespace {

constexpr std::size_t kMostIndexDigits = 6;

void append_pair(std::string& out, const std::string& name, std::string_view value) {
    if (!out.empty()) out += '&';
    out += name;
    out += '=';
    base::append_percent_encoded(out, value);
}

void encode_value(std::string& out, const std::string& name, const json::value& value) {
    switch (value.kind()) {
        case json::kind::null:
            return append_pair(out, name, "");
        case json::kind::bool_:
            return append_pair(out, name, value.get_bool() ? "true" : "false");
        case json::kind::int64:
            return append_pair(out, name, std::to_string(value.get_int64()));
        case json::kind::uint64:
            return append_pair(out, name, std::to_string(value.get_uint64()));
        case json::kind::string:
            return append_pair(out, name, value.get_string());
        case json::kind::double_:
            throw std::invalid_argument("a double in a form: " + name);
        case json::kind::array: {
            if (value.get_array().empty()) return append_pair(out, name, "");
            std::size_t index = 0;
            for (const auto& element : value.get_array())
                encode_value(out, name + '[' + std::to_string(index++) + ']', element);
            return;
        }
        case json::kind::object:
            for (const auto& [key, member] : value.get_object()) {
                std::string inner = name + '[';
                base::append_percent_encoded(inner, key);
                encode_value(out, inner + ']', member);
            }
            return;
    }
}

// "a[b][]" gives {"a", "b", ""}. Nothing if the brackets do not match.
std::optional<std::vector<std::string_view>> split_name(std::string_view name) {
    std::vector<std::string_view> parts;
    const auto first = name.find_first_of("[]");
    if (first == 0 || name.empty()) return std::nullopt;
    parts.push_back(name.substr(0, first));
    std::size_t at = first == std::string_view::npos ? name.size() : first;
    while (at < name.size()) {
        if (name[at] != '[') return std::nullopt;
        const auto end = name.find_first_of("[]", at + 1);
        if (end == std::string_view::npos || name[end] != ']') return std::nullopt;
        parts.push_back(name.substr(at + 1, end - at - 1));
        at = end + 1;
    }
    return parts;
}

using Parts = std::vector<std::string_view>;

// Whether `element` already has a value at the rest of the name, parts[from] and on. False below an inner `[]`.
// In lines[][amount]=5&lines[][amount]=7 the second amount meets {"amount":"5"}, which has one, so it starts a new
// element.
bool has_value_at(const json::value& element, const Parts& parts, std::size_t from) {
    const json::value* at = &element;
    for (std::size_t i = from; i < parts.size(); ++i) {
        if (parts[i].empty() || !at->is_object()) return false;
        at = at->get_object().if_contains(parts[i]);
        if (at == nullptr) return false;
    }
    return true;
}

// The value that a name addresses; missing objects and arrays are made. Null if a value of another kind is in the way.
// lines[][metadata][a]=1 makes {"lines":[{"metadata":{"a":null}}]} and gives that null. After lines=5 it gives null.
json::value* find_or_make(json::object& root, const Parts& parts) {
    json::value* at = &root[parts[0]];
    for (std::size_t i = 1; i < parts.size(); ++i) {
        if (parts[i].empty()) {
            if (at->is_null()) at->emplace_array();
            if (!at->is_array()) return nullptr;
            auto& elements = at->get_array();
            const bool last = i + 1 == parts.size();
            if (elements.empty() || last || has_value_at(elements.back(), parts, i + 1)) elements.emplace_back(nullptr);
            at = &elements.back();
        } else {
            if (at->is_null()) at->emplace_object();
            if (!at->is_object()) return nullptr;
            at = &at->get_object()[parts[i]];
        }
    }
    return at->is_null() || at->is_string() ? at : nullptr;
}

bool is_index(std::string_view name) {
    return !name.empty() && name.size() <= kMostIndexDigits &&
           std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// The array for an object whose names are all indices.
json::array ordered_elements(json::object& object) {
    std::vector<std::pair<std::int64_t, json::value*>> order;
    order.reserve(object.size());
    for (auto& member : object) order.emplace_back(std::stoll(std::string(member.key())), &member.value());
    std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    json::array elements;
    elements.reserve(order.size());
    for (auto& [index, value] : order) elements.push_back(std::move(*value));
    return elements;
}

void indices_to_arrays(json::value& value, std::string_view name) {
    if (value.is_array()) {
        for (auto& element : value.get_array()) indices_to_arrays(element, "");
        return;
    }
    if (!value.is_object()) return;
    auto& object = value.get_object();
    for (auto& member : object) indices_to_arrays(member.value(), member.key());
    if (name.ends_with("metadata")) return;
    if (std::all_of(object.begin(), object.end(), [](const auto& member) { return is_index(member.key()); })) {
        auto elements = ordered_elements(object);
        value = std::move(elements);
    }
}

// Puts one `name=value` into `root`. Gives the message of the error, or an empty string.
std::string take_pair(json::object& root, const std::string& name, std::string value, const FormLimits& limits) {
    if (!base::is_utf8(name) || !base::is_utf8(value)) return "Invalid UTF-8 in the request's parameters.";
    const auto parts = split_name(name);
    if (!parts) return "Invalid parameter name: '" + name + "'";
    if (parts->size() > limits.depth) return "Parameter nested too deep: '" + name + "'";
    auto* target = find_or_make(root, *parts);
    if (target == nullptr) return "Invalid parameter: '" + name + "' is both a value and a container";
    target->emplace_string() = value;
    return {};
}

}  // namespace

std::string encode_form(const json::object& object) {
    std::string out;
    for (const auto& [key, value] : object) {
        std::string name;
        base::append_percent_encoded(name, key);
        encode_value(out, name, value);
    }
    return out;
}

void throw_exception_from_error(const FormError& error, const boost::source_location&) {
    throw std::invalid_argument(error.message);
}

boost::system::result<json::object, FormError> decode_form(std::string_view text, const FormLimits& limits) {
    if (text.size() > limits.bytes) return FormError{"The request's parameters are too long.", ""};
    json::object root;
    std::size_t pairs = 0;
    std::string name;
    std::string value;
    while (!text.empty()) {
        const auto end = std::min(text.find('&'), text.size());
        const auto pair = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (pair.empty()) continue;
        if (++pairs > limits.pairs) return FormError{"The request has too many parameters.", ""};
        const auto equals = std::min(pair.find('='), pair.size());
        if (!base::percent_decode(pair.substr(0, equals), true, name) ||
            !base::percent_decode(equals < pair.size() ? pair.substr(equals + 1) : std::string_view{}, true, value)) {
            return FormError{"Invalid percent-encoding in the request's parameters.", ""};
        }
        auto refusal = take_pair(root, name, value, limits);
        if (!refusal.empty()) return FormError{std::move(refusal), base::is_utf8(name) ? name : std::string{}};
    }
    for (auto& member : root) indices_to_arrays(member.value(), member.key());
    return root;
}

}  // namespace quittance::stripe
