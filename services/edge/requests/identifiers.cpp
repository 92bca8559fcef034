// What could be an id at all: rules on text alone, declared in problems.hpp, so that those who read parameters need
// nothing of the answers.
#include "edge/responses/problems.hpp"

namespace quittance::edge {

bool is_object_id(std::string_view id) {
    constexpr std::size_t kLength = 24;
    return id.size() == kLength && id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool could_be_stripe_id(std::string_view id) {
    constexpr std::size_t kLongest = 255;
    constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    return !id.empty() && id.size() <= kLongest && id.find_first_not_of(kLetters) == std::string_view::npos;
}

bool could_be_invoice_id(std::string_view id) {
    constexpr std::string_view kPrefix = "in_";
    if (!id.starts_with(kPrefix)) return is_object_id(id);
    return id.size() > kPrefix.size() && could_be_stripe_id(id);
}

}  // namespace quittance::edge
