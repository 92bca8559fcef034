#include "edge/auth/api_key_source.hpp"

#include <boost/asio/post.hpp>
#include <map>
#include <optional>
#include <stdexcept>
#include <utility>

#include "base/hashed_keys.hpp"
#include "runtime/configuration.hpp"
#include "runtime/log.hpp"
#include "runtime/watched_file.hpp"

namespace quittance::edge {
namespace {

constexpr std::string_view kSetting = "ADMIN_API_KEY_HASHES";

std::optional<std::string> read_file(const std::string& path) {
    try {
        return runtime::read_secret_file(kSetting, path);
    } catch (const runtime::ConfigurationError&) {
        return std::nullopt;
    }
}

// Leaves out the parser's reason, which quotes the content: a wrong entry may be a key itself.
base::HashedKeys parse_file(const std::string& text) {
    try {
        return base::HashedKeys::parse(kSetting, text, kRightWords);
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
          keys(base::HashedKeys::parse(kSetting, given.text, kRightWords)),
          taken(metrics.counter("quittance_api_key_file_changes_total", "Changes of the file of API keys.",
                                {{"result", "taken"}})),
          refused(metrics.counter("quittance_api_key_file_changes_total", "Changes of the file of API keys.",
                                  {{"result", "refused"}})),
          keys_live(metrics.gauge("quittance_api_keys", "API keys that are accepted now.")) {
        keys_live.set(static_cast<double>(keys.size()));
        warn_if_closed(keys);
    }

    void watch_file() {
        runtime::FileWatch<std::string> watch;
        watch.name = kSetting;
        watch.interval = options.poll_interval;
        watch.read = [this] { return read_file(options.file); };
        watch.accept = [this](const std::string& text) { put_to_use(parse_file(text)); };
        watch.refuse = [this](std::string_view why) {
            runtime::log_error("the file of API keys changed and is refused; the previous keys stay in use",
                               {{"why", why}});
            refused.increment();
        };
        file.emplace(std::move(watch), options.text);
    }

    void put_to_use(base::HashedKeys fresh) {
        boost::asio::post(loop, [self = shared_from_this(), fresh = std::move(fresh)]() mutable {
            self->keys = std::move(fresh);
            self->keys_live.set(static_cast<double>(self->keys.size()));
            runtime::log_info("the API keys changed", {{"keys", self->keys.size()}});
            warn_if_closed(self->keys);
            self->taken.increment();  // last: a reader that sees it also sees the rest
        });
    }

    boost::asio::io_context& loop;
    const ApiKeySourceOptions options;
    runtime::Metrics& metrics;
    base::HashedKeys keys;
    std::map<std::string, runtime::Counter, std::less<>> uses;
    runtime::Counter taken;
    runtime::Counter refused;
    runtime::Gauge keys_live;
    std::optional<runtime::WatchedFile<std::string>> file;  // last: its thread uses the rest
};

ApiKeySource::ApiKeySource(boost::asio::io_context& loop, const ApiKeySourceOptions& options, runtime::Metrics& metrics)
    : state_(std::make_shared<State>(loop, options, metrics)) {
    if (!options.file.empty()) state_->watch_file();
}

ApiKeySource::~ApiKeySource() {
    if (state_->file) state_->file->stop();  // the loop may keep the state for longer
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
