// Keys that callers present, such as the API keys of the edge. The configuration holds their SHA-256 hashes only.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace quittance::base {

class HashedKeys {
  public:
    // A bit for each right, in the order of the words that parse() knows.
    using Rights = std::uint32_t;
    static constexpr Rights kUnlimited = ~Rights{0};

    struct Match {
        std::string_view name;  // empty: the key is unknown
        Rights rights = 0;
    };

    // Reads "name:64 hex digits,name:…". An empty text gives no keys, which closes the surface. With `rights`, at most
    // 32 words, an entry may end in rights: "name:64 hex digits:read+write". An entry without them is unlimited. Throws
    // std::runtime_error with the name of the setting and of the wrong entry.
    static HashedKeys parse(std::string_view setting, std::string_view text,
                            std::span<const std::string_view> rights = {});

    // The entry of the key. The time does not depend on the entry that matches or on the place of a difference.
    Match find(std::string_view key) const;
    // The name of the key, or an empty view if the key is unknown.
    std::string_view name_of(std::string_view key) const { return find(key).name; }

    std::vector<std::string> names() const;
    bool empty() const { return entries_.empty(); }
    std::size_t size() const { return entries_.size(); }

  private:
    using Digest = std::array<unsigned char, 32>;
    struct Entry {
        std::string name;
        Digest digest;
        Rights rights;
    };
    std::vector<Entry> entries_;
};

}  // namespace quittance::base
