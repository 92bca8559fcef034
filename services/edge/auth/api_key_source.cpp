#include "edge/auth/api_key_source.hpp"

#include <boost/asio/post.hpp>
#include <map>
#include <optional>
#include <stdexcept>
#include <utility>

#include "base/hashed_keys.hpp"
#include "runtime/log.hpp"
#include "runtime/secret_files.hpp"

namespace quittance::edge {
namespace {

constexpr std::string_view kSetting = "ADMIN_API_KEY_HASHES";

// Leaves out the parser's reason, which quotes the content: a wrong entry may be a key itself.
base::HashedKeys parse_file(const base::Secret& text) {
    try {
        return base::HashedKeys::parse(kSetting, text.reveal(), kRightWords);
    } catch (const std::runtime_error&) {
        throw std::runtime_error(
            "it is not a comma-separated list of name:sha256hex or name:sha256hex:read+write+audit");
    }
}

void warn_if_closed(const base::HashedKeys& keys) {
    if (keys.empty()) runtime::log_warn("ADMIN_API_KEY_HASHES is empty: the Admin API answers every request with 401");
}

}  // namespace

// The loop's thread owns the keys. The thread of the watched file owns the content that it has read.
struct ApiKeySource::State : std::enable_shared_from_this<State> {
    State(boost::asio::io_context& loop_given, const ApiKeySourceOptions& given, runtime::Metrics& all_metrics)
        : loop(loop_given),
          options(given),
          metrics(all_metrics),
          keys(base::HashedKeys::parse(kSetting, given.text.reveal(), kRightWords)),
          keys_live(metrics.gauge("quittance_api_keys", "API keys that are accepted now.")),
          files(all_metrics, given.poll_interval) {
        keys_live.set(static_cast<double>(keys.size()));
        warn_if_closed(keys);
    }

    void watch_file() {
        files.watch(std::string(kSetting), options.file, options.text,
                    [this](const base::Secret& text) { put_to_use(parse_file(text)); });
    }

    void put_to_use(base::HashedKeys fresh) {
        boost::asio::post(loop, [self = shared_from_this(), fresh = std::move(fresh)]() mutable {
            self->keys = std::move(fresh);
            self->keys_live.set(static_cast<double>(self->keys.size()));
            runtime::log_info("the API keys changed", {{"keys", self->keys.size()}});
            warn_if_closed(self->keys);
        });
    }

    boost::asio::io_context& loop;
    const ApiKeySourceOptions options;
    runtime::Metrics& metrics;
    base::HashedKeys keys;
    std::map<std::string, runtime::Counter, std::less<>> uses;
    runtime::Gauge keys_live;
    runtime::SecretFiles files;  // last: its threads use the rest
};

ApiKeySource::ApiKeySource(boost::asio::io_context& loop, const ApiKeySourceOptions& options, runtime::Metrics& metrics)
    : state_(std::make_shared<State>(loop, options, metrics)) {
    state_->watch_file();
}

ApiKeySource::~ApiKeySource() {
    state_->files.stop();  // the loop may keep the state for longer
}

std::optional<ApiKey> ApiKeySource::authenticate(std::string_view key) {
    const auto [name, rights] = state_->keys.find(key);
    if (name.empty()) return std::nullopt;
    auto found = state_->uses.find(name);
    if (found == state_->uses.end()) {
        const auto counter =
            state_->metrics.counter("quittance_api_key_requests_total", "Requests accepted, by the name of the key.",
                                    {{"key", std::string(name)}});
        found = state_->uses.emplace(std::string(name), counter).first;
    }
    found->second.increment();
    return ApiKey{std::string(name), rights};
}

}  // namespace quittance::edge
