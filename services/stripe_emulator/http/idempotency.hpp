// Keeps idempotency keys as Stripe does. The answer of the first execution is replayed to the same request, and another
// request is refused. While the first execution runs, the key is in use.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace quittance::stripe_emulator {

struct StoredAnswer {
    int status = 0;
    std::string body;
    std::string request_id;  // of the first execution
    std::optional<bool> should_retry;
};

enum class KeyState { kFresh, kReplay, kOtherRequest, kInUse };

class IdempotencyKeys {
  public:
    // Keeps at most so many keys and bytes, the newest of them.
    explicit IdempotencyKeys(std::size_t most_keys = 100'000, std::size_t most_bytes = std::size_t{512} * 1024 * 1024)
        : most_keys_(most_keys), most_bytes_(most_bytes) {}

    // `fingerprint`: method, path and parameters, canonical. kFresh: the key is now in use, until keep() or forget().
    KeyState begin(const std::string& key, const std::string& fingerprint, std::int64_t now_ms);
    // The answer that a kReplay gives again.
    const StoredAnswer& answer(const std::string& key) const { return keys_.at(key).answer; }

    void keep(const std::string& key, StoredAnswer answer);
    // Nothing began: the key may be used anew.
    void forget(const std::string& key);
    // Forgets keys older than that on the schedule clock. Gives their number.
    std::size_t prune(std::int64_t before_ms);

    std::size_t size() const { return keys_.size(); }

  private:
    struct Entry {
        std::size_t fingerprint = 0;
        std::int64_t begun_ms = 0;
        bool running = true;
        StoredAnswer answer;
    };

    void bound();

    std::size_t most_keys_;
    std::size_t most_bytes_;
    std::size_t bytes_ = 0;
    std::unordered_map<std::string, Entry> keys_;
    std::deque<std::string> finished_;  // oldest first; may name keys that are gone
};

}  // namespace quittance::stripe_emulator
