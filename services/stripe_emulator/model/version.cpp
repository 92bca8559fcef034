// Compares API versions. Versions begin with a date, so they compare as texts.
#include "stripe_emulator/model/version.hpp"

#include <algorithm>

namespace quittance::stripe_emulator {
namespace {

constexpr std::size_t kDateLength = 10;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

}  // namespace

bool is_api_version(std::string_view version) {
    if (version.size() < kDateLength) return false;
    for (std::size_t i = 0; i < kDateLength; ++i) {
        const bool dash = i == 4 || i == 7;
        if (dash ? version[i] != '-' : !is_digit(version[i])) return false;
    }
    const auto name = version.substr(kDateLength);
    if (name.empty()) return true;
    return name.size() > 1 && name.size() < 32 && name[0] == '.' &&
           std::all_of(name.begin() + 1, name.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

Shape shape_of(std::string_view version) {
    return version.substr(0, kDateLength) >= "2025-03-31" ? Shape::kBasil : Shape::k2023;
}

bool may_detach_payments(std::string_view version) {
    return version.ends_with(".preview") && version.substr(0, kDateLength) >= "2026-01-28";
}

bool sweeps_pending_items(std::string_view version) {
    return version.substr(0, kDateLength) < "2022-08-01";
}

}  // namespace quittance::stripe_emulator
