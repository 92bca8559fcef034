// Knows and compares API versions. Versions begin with a date, so they compare as texts.
#include "stripe_emulator/model/version.hpp"

#include <algorithm>
#include <array>

namespace quittance::stripe_emulator {
namespace {

constexpr std::size_t kDateLength = 10;

// Stripe's versions, oldest first. Those from 2024-09-30 on have the name of their release train.
constexpr std::array<std::string_view, 58> kVersions{
    "2017-08-15",        "2017-12-14",        "2018-01-23",           "2018-02-05",        "2018-02-06",
    "2018-02-28",        "2018-05-21",        "2018-07-27",           "2018-08-23",        "2018-09-06",
    "2018-09-24",        "2018-10-31",        "2018-11-08",           "2019-02-11",        "2019-02-19",
    "2019-03-14",        "2019-05-16",        "2019-08-14",           "2019-09-09",        "2019-10-08",
    "2019-10-17",        "2019-11-05",        "2019-12-03",           "2020-03-02",        "2020-08-27",
    "2022-08-01",        "2022-11-15",        "2023-08-16",           "2023-10-16",        "2024-04-10",
    "2024-06-20",        "2024-09-30.acacia", "2024-10-28.acacia",    "2024-11-20.acacia", "2024-12-18.acacia",
    "2025-01-27.acacia", "2025-02-24.acacia", "2025-03-01.dashboard", "2025-03-31.basil",  "2025-04-30.basil",
    "2025-05-28.basil",  "2025-06-30.basil",  "2025-07-30.basil",     "2025-08-27.basil",  "2025-09-30.clover",
    "2025-10-29.clover", "2025-11-17.clover", "2025-12-15.clover",    "2026-01-28.clover", "2026-02-25.clover",
    "2026-03-25.dahlia", "2026-04-22.dahlia", "2026-05-27.dahlia",    "2026-06-24.dahlia", "2026-07-29.dahlia",
    "2026-08-26.dahlia", "2026-09-30.endive", "2026-10-28.endive"};

// Public previews began with basil; each has the date of a release.
constexpr std::string_view kFirstPreview = "2025-03-31";
constexpr std::string_view kPreview = ".preview";

bool is_released(std::string_view date) {
    const auto has_date = [&](std::string_view version) { return version.substr(0, kDateLength) == date; };
    return std::any_of(kVersions.begin(), kVersions.end(), has_date);
}

}  // namespace

bool is_api_version(std::string_view version) {
    if (version.ends_with(kPreview)) {
        const auto date = version.substr(0, version.size() - kPreview.size());
        return date >= kFirstPreview && is_released(date);
    }
    return std::find(kVersions.begin(), kVersions.end(), version) != kVersions.end();
}

Shape shape_of(std::string_view version) {
    const auto date = version.substr(0, kDateLength);
    if (date < "2024-04-10") return Shape::k2023;
    if (date < "2025-03-31") return Shape::k2024;
    return date < "2025-12-15" ? Shape::kBasil : Shape::kClover;
}

bool may_detach_payments(std::string_view version) {
    return version.ends_with(".preview") && version.substr(0, kDateLength) >= "2026-01-28";
}

bool sweeps_pending_items(std::string_view version) {
    return version.substr(0, kDateLength) < "2022-08-01";
}

}  // namespace quittance::stripe_emulator
