// A text that must never be shown: an API key, a webhook secret, a URL with a password. It cannot be printed,
// formatted, compared with a plain text, or put into a log line by mistake. Whoever needs the text says so by reveal().
#pragma once

#include <openssl/crypto.h>

#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>

namespace quittance::base {

class Secret {
  public:
    Secret() = default;
    // Implicit: any text may become a secret. The way back is never implicit.
    Secret(std::string text) : text_(std::move(text)) {}  // NOLINT(google-explicit-constructor)
    Secret(const char* text) : text_(text) {}             // NOLINT(google-explicit-constructor)

    // For the one place that sends it, signs with it or parses it.
    const std::string& reveal() const { return text_; }

    bool empty() const { return text_.empty(); }

    // The time does not depend on the place of a difference.
    friend bool operator==(const Secret& left, const Secret& right) {
        return left.text_.size() == right.text_.size() &&
               CRYPTO_memcmp(left.text_.data(), right.text_.data(), left.text_.size()) == 0;
    }

    template <class Character>
    friend std::basic_ostream<Character>& operator<<(std::basic_ostream<Character>&, const Secret&) = delete;

  private:
    std::string text_;
};

}  // namespace quittance::base
