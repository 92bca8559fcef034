// Identifiers that look like Stripe's, reproducible from a seed.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace quittance::stripe_emulator {

class IdSource {
  public:
    // A seed of 0 takes one from the operating system. `account` lends its tail to the ids, as at Stripe.
    IdSource(std::uint64_t seed, std::string_view account);

    // "in_1O9oovA0ZUrt0vQJ2CDhxoy4": the prefix, the time, the account's tail, eight random letters.
    std::string timed(std::string_view prefix, std::int64_t unix_seconds);
    // "cus_OxIokju2aarNVm"
    std::string plain(std::string_view prefix, std::size_t length = 14);
    // "E1C0FFEE": a customer's invoice prefix.
    std::string invoice_prefix();
    std::uint64_t number() { return random_(); }

  private:
    std::string letters(std::size_t length);

    std::mt19937_64 random_;
    std::string tail_;
};

}  // namespace quittance::stripe_emulator
