// The memory that requests and answers of a server hold, and a budget for each use of it. For libs/http only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace quittance::http {

enum class MemoryUse : std::uint8_t {
    kSmallOfStrangers,  // headers, and bodies of up to kSmallBody, of senders who are not known
    kLargeOfStrangers,  // their larger bodies
    kOfCallers,         // bodies of callers whose credential was right, and answers on their way
};

// Up to this size large bodies of strangers leave a body alone.
constexpr std::size_t kSmallBody = 64 * 1024;

class MemoryBudgets {
  public:
    // Strangers share `bytes`, a quarter of them for what is small. Callers have as many again.
    explicit MemoryBudgets(std::size_t bytes) : limits_{bytes / 4, bytes / 4 * 3, bytes} {}

    void add(MemoryUse use, std::size_t bytes) { used_[static_cast<std::size_t>(use)] += bytes; }
    void subtract(MemoryUse use, std::size_t bytes) { used_[static_cast<std::size_t>(use)] -= bytes; }
    bool exceeded(MemoryUse use) const {
        return used_[static_cast<std::size_t>(use)] > limits_[static_cast<std::size_t>(use)];
    }
    std::size_t used() const { return used_[0] + used_[1] + used_[2]; }

  private:
    static constexpr std::size_t kUses = 3;
    std::array<std::size_t, kUses> limits_;
    std::array<std::size_t, kUses> used_{};
};

}  // namespace quittance::http
