// A call that passed the checks of the request pipeline: typed parameters, the wanted version, and the cause.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "stripe_emulator/model/clock.hpp"
#include "stripe_emulator/model/model.hpp"

namespace quittance::stripe_emulator {

// The cause of a change: a request, or the emulator's own clock (both texts empty). Events carry it.
struct Cause {
    Now now;
    std::string request_id;
    std::string idempotency_key;
};

struct Call {
    Cause cause;
    std::string version;  // "2023-10-16"
    Shape shape = Shape::k2023;
    std::vector<std::string> path;  // the text at each {name} of the pattern
    json::object parameters;
};

// Parameters by name; nothing if absent. An empty text unsets.
inline OptionalText text_of(const json::object& parameters, std::string_view name) {
    const auto* value = parameters.if_contains(name);
    if (value == nullptr || !value->is_string()) return std::nullopt;
    return std::string(value->get_string());
}

inline OptionalInteger integer_of(const json::object& parameters, std::string_view name) {
    const auto* value = parameters.if_contains(name);
    if (value == nullptr || !value->is_int64()) return std::nullopt;
    return value->get_int64();
}

inline std::optional<bool> boolean_of(const json::object& parameters, std::string_view name) {
    const auto* value = parameters.if_contains(name);
    if (value == nullptr || !value->is_bool()) return std::nullopt;
    return value->get_bool();
}

inline const json::object* object_of(const json::object& parameters, std::string_view name) {
    const auto* value = parameters.if_contains(name);
    return value == nullptr ? nullptr : value->if_object();
}

inline const json::array* array_of(const json::object& parameters, std::string_view name) {
    const auto* value = parameters.if_contains(name);
    return value == nullptr ? nullptr : value->if_array();
}

// Sets `target` to the text of the parameter, if there is one. An empty text unsets it.
inline void set_text(const json::object& parameters, std::string_view name, OptionalText& target) {
    auto text = text_of(parameters, name);
    if (!text) return;
    if (text->empty()) {
        target.reset();
    } else {
        target = std::move(text);
    }
}

}  // namespace quittance::stripe_emulator
