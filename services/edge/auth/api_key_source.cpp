#include "edge/auth/api_key_source.hpp"

#include <boost/asio/post.hpp>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "edge/auth/api_keys.hpp"
#include "runtime/configuration.hpp"
#include "runtime/log.hpp"

namespace quittance::edge {
namespace {

constexpr std::string_view kSetting = "ADMIN_API_KEY_HASHES";

// What a look at the file found: its text, or nothing where it cannot be read.
using Look = std::optional<std::string>;

Look look_at(const std::string& path) {
    try {
        return runtime::read_secret_file(kSetting, path);
    } catch (const runtime::ConfigurationError&) {
        return std::nullopt;
    }
}

void tell_if_closed(const ApiKeys& keys) {
    if (keys.empty()) runtime::log_warn("ADMIN_API_KEY_HASHES is empty: the Admin API answers 401 to everybody");
}

}  // namespace

// The loop's thread owns the keys, the watching thread what it has seen.
struct ApiKeySource::State : std::enable_shared_from_this<State> {
    State(boost::asio::io_context& loop_given, const ApiKeySourceOptions& given, runtime::Metrics& all_metrics)
        : loop(loop_given),
          options(given),
          metrics(all_metrics),
          keys(ApiKeys::parse(given.text)),
          taken(metrics.counter("quittance_api_key_file_changes_total", "Changes of the file of API keys.",
                                {{"result", "taken"}})),
          refused(metrics.counter("quittance_api_key_file_changes_total", "Changes of the file of API keys.",
                                  {{"result", "refused"}})),
          keys_live(metrics.gauge("quittance_api_keys", "API keys that are let in now.")) {
        keys_live.Set(static_cast<double>(keys.size()));
        tell_if_closed(keys);
    }

    // False once stop() was called.
    bool wait() {
        std::unique_lock lock(mutex);
        return !stopping.wait_for(lock, options.look_interval, [this] { return stopped; });
    }

    void watch() {
        Look judged = options.text;
        std::optional<Look> candidate;
        while (wait()) {
            const auto look = look_at(options.file);
            if (look == judged) {
                candidate.reset();
            } else if (candidate == look) {
                judged = look;
                candidate.reset();
                judge(look);
            } else {
                candidate = look;
            }
        }
    }

    // Says nothing of the content: what is no entry of ours may be anything, a key as well.
    void judge(const Look& look) {
        std::string_view why = "it cannot be read";
        try {
            if (look) {
                put_to_use(ApiKeys::parse(*look));
                return;
            }
        } catch (const std::runtime_error&) {
            why = "it is not name:sha256hex, comma-separated";
        }
        runtime::log_error("the file of API keys changed and is refused; the keys before stay in use", {{"why", why}});
        refused.Increment();
    }

    void put_to_use(ApiKeys fresh) {
        boost::asio::post(loop, [self = shared_from_this(), fresh = std::move(fresh)]() mutable {
            self->keys = std::move(fresh);
            self->keys_live.Set(static_cast<double>(self->keys.size()));
            runtime::log_info("the API keys were changed", {{"keys", self->keys.size()}});
            tell_if_closed(self->keys);
            self->taken.Increment();  // last: who sees it finds the rest
        });
    }

    void stop() {
        {
            const std::lock_guard lock(mutex);
            stopped = true;
        }
        stopping.notify_all();
        if (watcher.joinable()) watcher.join();
    }

    boost::asio::io_context& loop;
    const ApiKeySourceOptions options;
    runtime::Metrics& metrics;
    ApiKeys keys;
    std::map<std::string, prometheus::Counter*, std::less<>> uses;
    prometheus::Counter& taken;
    prometheus::Counter& refused;
    prometheus::Gauge& keys_live;
    std::mutex mutex;
    std::condition_variable stopping;
    bool stopped = false;
    std::thread watcher;
};

ApiKeySource::ApiKeySource(boost::asio::io_context& loop, const ApiKeySourceOptions& options, runtime::Metrics& metrics)
    : state_(std::make_shared<State>(loop, options, metrics)) {
    if (!options.file.empty()) state_->watcher = std::thread([state = state_.get()] { state->watch(); });
}

ApiKeySource::~ApiKeySource() {
    state_->stop();
}

std::optional<std::string> ApiKeySource::authenticate(std::string_view key) {
    const auto name = state_->keys.name_of(key);
    if (name.empty()) return std::nullopt;
    auto found = state_->uses.find(name);
    if (found == state_->uses.end()) {
        auto& counter = state_->metrics.counter("quittance_api_key_requests_total",
                                                "Requests let in, by the key's name.", {{"key", std::string(name)}});
        found = state_->uses.emplace(std::string(name), &counter).first;
    }
    found->second->Increment();
    return std::string(name);
}

}  // namespace quittance::edge
