// Writes JSON with two spaces of indentation, as in Stripe's answers and webhooks.
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "stripe_emulator/rendering/render.hpp"

namespace quittance::stripe_emulator {
namespace {

void newline(std::string& out, std::size_t depth) {
    out += '\n';
    out.append(depth * 2, ' ');
}

void write(std::string& out, const json::value& value, std::size_t depth) {
    if (const auto* object = value.if_object(); object != nullptr && !object->empty()) {
        out += '{';
        bool first = true;
        for (const auto& [key, member] : *object) {
            if (!first) out += ',';
            first = false;
            newline(out, depth + 1);
            out += json::serialize(json::string_view(key));
            out += ": ";
            write(out, member, depth + 1);
        }
        newline(out, depth);
        out += '}';
    } else if (const auto* array = value.if_array(); array != nullptr && !array->empty()) {
        out += '[';
        bool first = true;
        for (const auto& element : *array) {
            if (!first) out += ',';
            first = false;
            newline(out, depth + 1);
            write(out, element, depth + 1);
        }
        newline(out, depth);
        out += ']';
    } else {
        out += json::serialize(value);
    }
}

}  // namespace

std::string pretty(const json::value& value) {
    std::string out;
    write(out, value, 0);
    return out;
}

}  // namespace quittance::stripe_emulator
