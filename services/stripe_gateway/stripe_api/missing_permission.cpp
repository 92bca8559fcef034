#include "stripe_gateway/stripe_api/missing_permission.hpp"

#include <array>

namespace quittance::stripe_gateway {

namespace {

bool in_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

bool in_key(char c) {
    return in_name(c) || (c >= 'A' && c <= 'Z') || c == '*';
}

// The characters from `start` up to the first that does not fit.
template <class Fits>
std::string_view run_of(std::string_view text, std::size_t start, Fits fits) {
    std::size_t end = start;
    while (end < text.size() && fits(text[end])) ++end;
    return text.substr(start, end - start);
}

}  // namespace

std::string permissions_in(std::string_view message) {
    constexpr std::string_view kPrefix = "rak_";
    std::string names;
    for (auto at = message.find(kPrefix); at != std::string_view::npos; at = message.find(kPrefix, at)) {
        const auto name = run_of(message, at, in_name);
        at += name.size();
        if (name.size() == kPrefix.size()) continue;
        if (!names.empty()) names += ", ";
        names += name;
    }
    return names;
}

std::string without_keys(std::string_view message) {
    constexpr std::array<std::string_view, 4> kKinds{"sk_test_", "sk_live_", "rk_test_", "rk_live_"};
    std::string text;
    for (std::size_t at = 0; at < message.size();) {
        std::string_view found;
        for (const auto kind : kKinds)
            if (message.substr(at).starts_with(kind)) found = kind;
        if (found.empty()) {
            text += message[at++];
            continue;
        }
        at += run_of(message, at, in_key).size();
        text += found;
        text += "…";
    }
    return text;
}

}  // namespace quittance::stripe_gateway
