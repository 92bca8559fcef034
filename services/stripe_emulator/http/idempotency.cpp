// Keeps the answers under their idempotency keys, within the limits of number and size.
#include "stripe_emulator/http/idempotency.hpp"

#include <functional>

namespace quittance::stripe_emulator {

KeyState IdempotencyKeys::begin(const std::string& key, const std::string& fingerprint, std::int64_t now_ms) {
    const auto hash = std::hash<std::string>{}(fingerprint);
    const auto found = keys_.find(key);
    if (found == keys_.end()) {
        keys_.emplace(key, Entry{hash, now_ms, true, {}});
        return KeyState::kFresh;
    }
    if (found->second.fingerprint != hash) return KeyState::kOtherRequest;
    return found->second.running ? KeyState::kInUse : KeyState::kReplay;
}

void IdempotencyKeys::keep(const std::string& key, StoredAnswer answer) {
    const auto found = keys_.find(key);
    if (found == keys_.end()) return;
    bytes_ += answer.body.size();
    found->second.answer = std::move(answer);
    found->second.running = false;
    finished_.push_back(key);
    bound();
}

void IdempotencyKeys::forget(const std::string& key) {
    const auto found = keys_.find(key);
    if (found == keys_.end()) return;
    bytes_ -= found->second.answer.body.size();
    keys_.erase(found);
}

std::size_t IdempotencyKeys::prune(std::int64_t before_ms) {
    std::size_t pruned = 0;
    while (!finished_.empty()) {
        const auto found = keys_.find(finished_.front());
        if (found != keys_.end() && found->second.begun_ms >= before_ms) break;
        if (found != keys_.end()) ++pruned;
        forget(finished_.front());
        finished_.pop_front();
    }
    return pruned;
}

void IdempotencyKeys::bound() {
    while (!finished_.empty() && (finished_.size() > most_keys_ || bytes_ > most_bytes_)) {
        forget(finished_.front());
        finished_.pop_front();
    }
}

}  // namespace quittance::stripe_emulator
