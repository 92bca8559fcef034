#include "stripe_gateway/invoices/invoice_metadata.hpp"

#include <algorithm>
#include <charconv>

namespace quittance::stripe_gateway {

std::string_view collect_word(bool later) {
    return later ? "later" : "now";
}

int generation_in(std::string_view text) {
    int generation = 1;
    std::from_chars(text.data(), text.data() + text.size(), generation);
    return std::clamp(generation, 1, kDraftGenerations);
}

}  // namespace quittance::stripe_gateway
