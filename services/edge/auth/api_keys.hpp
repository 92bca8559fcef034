// The keys of the Admin API. The configuration holds SHA-256 hashes, never keys.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace quittance::edge {

class ApiKeys {
  public:
    // "name:64 hex digits,name:…" (ADMIN_API_KEY_HASHES). Empty: no key fits, the surface is closed.
    // Throws std::runtime_error that names the entry which is wrong.
    static ApiKeys parse(std::string_view text);

    // The name of the key, or an empty view where it is none of ours. Takes the same time whichever entry fits and
    // wherever a difference is.
    std::string_view name_of(std::string_view key) const;

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

}  // namespace quittance::edge
