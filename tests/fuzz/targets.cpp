#include "fuzz/targets.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace quittance::fuzz {
namespace {

constexpr std::array kTargets{
    Target{"signature", run_signature, signature_seeds}, Target{"event", run_event, event_seeds},
    Target{"routes", run_routes, routes_seeds},          Target{"form", run_form, form_seeds},
    Target{"creation", run_creation, creation_seeds},    Target{"token", run_token, token_seeds},
    Target{"cursor", run_cursor, cursor_seeds},
};

std::string content_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error("cannot read " + path.string());
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

}  // namespace

std::span<const Target> targets() {
    return kTargets;
}

void must(bool holds, std::string_view promise) {
    if (!holds) throw std::logic_error(std::string(promise));
}

std::vector<std::string> recorded_payloads() {
    std::vector<std::filesystem::path> paths;
    for (const auto& file : std::filesystem::directory_iterator(QUITTANCE_TEST_DATA "/stripe/fixtures"))
        paths.push_back(file.path());
    std::sort(paths.begin(), paths.end());
    std::vector<std::string> payloads;
    for (const auto& path : paths) payloads.push_back(content_of(path));
    return payloads;
}

std::string data_file(std::string_view path_below_data) {
    return content_of(std::filesystem::path(QUITTANCE_TEST_DATA) / path_below_data);
}

}  // namespace quittance::fuzz
