#include "stripe_gateway/invoices/idempotency_keys.hpp"

#include <algorithm>
#include <cstdint>
#include <map>

#include "base/digest.hpp"
#include "stripe/money.hpp"

namespace quittance::stripe_gateway {

namespace {

// Leaves room for the account's label, the longest step and its generation in Stripe's 255.
constexpr std::size_t kLongestPlainKey = 160;
constexpr std::size_t kLongestPlainLabel = 40;
constexpr std::string_view kHashMark = "sha256-";

bool plain(std::string_view text) {
    // No ':', which separates the parts, and no character that a header cannot carry.
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
               c == '.';
    });
}

std::string part(std::string_view text, std::size_t longest) {
    // A text that looks like a hash is hashed too, so that no caller can write the key of another.
    if (!text.empty() && text.size() <= longest && plain(text) && !text.starts_with(kHashMark))
        return std::string(text);
    return std::string(kHashMark) + base::sha256_hex(text);
}

// Every field with its length before it: no two different requests give the same bytes.
class Canonical {
  public:
    void add(std::string_view text) {
        text_ += std::to_string(text.size());
        text_ += ':';
        text_ += text;
    }
    void add(std::int64_t number) { add(std::to_string(number)); }
    const std::string& text() const { return text_; }

  private:
    std::string text_;
};

}  // namespace

StepKeys::StepKeys(std::string_view account, std::string_view key)
    : prefix_(part(account, kLongestPlainLabel) + ":" + part(key, kLongestPlainKey) + ":") {}

std::string StepKeys::of(std::string_view step, int generation) const {
    auto key = prefix_ + std::string(step);
    if (generation > 1) key += ":g" + std::to_string(generation);
    return key;
}

StepKeys StepKeys::of_draft(int generation) const {
    auto keys = *this;
    if (generation > 1) keys.prefix_ += "g" + std::to_string(generation) + ":";
    return keys;
}

std::string request_hash(const v1::CreateInvoiceRequest& request) {
    Canonical canonical;
    canonical.add("CreateInvoice/1");
    canonical.add(request.account().empty() ? "default" : request.account());
    canonical.add(request.stripe_customer_id());
    canonical.add(request.payment_method_id());
    canonical.add(static_cast<std::int64_t>(request.items_size()));
    for (const auto& item : request.items()) {
        canonical.add(item.name());
        canonical.add(item.amount_minor());
    }
    canonical.add(stripe::normalise_currency(request.currency()).value_or(request.currency()));
    canonical.add(request.description());
    canonical.add(request.footer());
    const std::map<std::string, std::string> sorted(request.metadata().begin(), request.metadata().end());
    canonical.add(static_cast<std::int64_t>(sorted.size()));
    for (const auto& [name, value] : sorted) {
        canonical.add(name);
        canonical.add(value);
    }
    canonical.add(request.collect() == v1::CreateInvoiceRequest::COLLECT_LATER ? "later" : "now");
    return base::sha256_hex(canonical.text());
}

}  // namespace quittance::stripe_gateway
