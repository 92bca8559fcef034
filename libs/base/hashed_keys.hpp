// Keys that callers present, such as the API keys of the edge. The configuration holds their SHA-256 hashes only.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace quittance::base {

class HashedKeys {
  public:
    // Reads "name:64 hex digits,name:…". An empty text gives no keys, which closes the surface. Throws
    // std::runtime_error with the name of the setting and of the wrong entry.
    static HashedKeys parse(std::string_view setting, std::string_view text);

    // The name of the key, or an empty view if the key is unknown. The time does not depend on the entry that matches
    // or on the place of a difference.
    std::string_view name_of(std::string_view key) const;

    std::vector<std::string> names() const;
    bool empty() const { return entries_.empty(); }
    std::size_t size() const { return entries_.size(); }

  private:
    using Digest = std::array<unsigned char, 32>;
    struct Entry {
        std::string name;
        Digest digest;
    };
    std::vector<Entry> entries_;
};

}  // namespace quittance::base
