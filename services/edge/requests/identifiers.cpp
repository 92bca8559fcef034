#include "edge/requests/identifiers.hpp"

#include "base/object_id.hpp"

namespace quittance::edge {

bool could_be_stripe_id(std::string_view id) {
    constexpr std::size_t kLongest = 255;
    constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    return !id.empty() && id.size() <= kLongest && id.find_first_not_of(kLetters) == std::string_view::npos;
}

bool could_be_invoice_id(std::string_view id) {
    constexpr std::string_view kPrefix = "in_";
    if (!id.starts_with(kPrefix)) return base::is_object_id(id);
    return id.size() > kPrefix.size() && could_be_stripe_id(id);
}

}  // namespace quittance::edge
