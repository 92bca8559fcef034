#include "edge/auth/jwks_source.hpp"

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fstream>
#include <optional>
#include <sstream>
#include <variant>

#include "http/client/client.hpp"
#include "runtime/log.hpp"

namespace quittance::edge {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kLargestSet = 256 * 1024;

struct Location {
    bool is_url = false;
    std::string origin;  // "https://issuer.example"
    std::string target;  // "/.well-known/jwks.json", or the path of the file
};

Location parse_location(const std::string& text) {
    if (!text.starts_with("http://") && !text.starts_with("https://")) return {false, {}, text};
    const auto slash = text.find('/', text.find("//") + 2);
    if (slash == std::string::npos) return {true, text, "/"};
    return {true, text.substr(0, slash), text.substr(slash)};
}

double seconds_since(Clock::time_point moment) {
    return std::chrono::duration<double>(Clock::now() - moment).count();
}

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file) throw std::runtime_error("the file cannot be read");
    if (text.str().size() > kLargestSet) throw std::runtime_error("the file is larger than 256 KiB");
    return text.str();
}

}  // namespace

std::optional<http::Origin> origin_of_key_set(const std::string& location) {
    const auto parsed = parse_location(location);
    if (!parsed.is_url) return std::nullopt;
    return http::parse_origin(parsed.origin);
}

struct JwksSource::State : std::enable_shared_from_this<State> {
    State(asio::io_context& loop_given, JwksSourceOptions given, runtime::Metrics& metrics)
        : loop(loop_given),
          options(std::move(given)),
          location(parse_location(options.location)),
          timer(loop),
          read_done(loop, Clock::time_point::max()),
          reads(metrics.counter("quittance_jwks_reads_total", "Reads of the key set.", {{"result", "ok"}})),
          failures(metrics.counter("quittance_jwks_reads_total", "Reads of the key set.", {{"result", "failed"}})),
          keys_known(metrics.gauge("quittance_jwks_keys", "Keys that may sign tokens now.")) {
        const auto age = metrics.gauge("quittance_jwks_age_seconds",
                                       "Time since the key set was read; since the start if it never was.");
        metrics.before_scrape([age, read = read_at] { age.set(seconds_since(read->load())); });
        if (!location.is_url) return;
        http::ClientOptions client_options;
        client_options.base_url = location.origin;
        client_options.connections = 2;
        client_options.response_bytes = kLargestSet;
        client.emplace(loop, client_options);
    }

    asio::awaitable<std::string> fetch() {
        if (!client) co_return read_file(location.target);
        http::ClientRequest request;
        request.method = "GET";
        request.target = location.target;
        request.headers.push_back({"Accept", "application/json"});
        auto answer = co_await client->send(std::move(request), Clock::now() + options.read_time);
        if (const auto* failure = std::get_if<http::ClientFailure>(&answer)) throw std::runtime_error(failure->reason);
        auto& response = std::get<http::ClientResponse>(answer);
        if (response.status != 200)
            throw std::runtime_error("the answer has status " + std::to_string(response.status));
        co_return std::move(response.body);
    }

    Clock::duration age() const { return Clock::now() - read_at->load(); }
    bool outdated() const { return age() > options.longest_age; }

    // Keys that were left out are told once, and again when others are.
    void take(KeySet fresh) {
        if (fresh.left_out() != keys.left_out())
            for (const auto& reason : fresh.left_out())
                runtime::log_warn("a key of the key set is left out", {{"why", reason}});
        keys = std::move(fresh);
        *read_at = Clock::now();
    }

    asio::awaitable<void> read() {
        reading = true;
        last_read = Clock::now();
        std::string problem;
        try {
            const auto text = co_await fetch();
            take(KeySet::parse(text));
        } catch (const std::exception& error) {
            problem = error.what();
        }
        reading = false;
        read_done.cancel();
        keys_known.set(outdated() ? 0 : static_cast<double>(keys.size()));
        if (problem.empty()) {
            reads.increment();
            co_return;
        }
        failures.increment();
        const auto age_seconds = std::chrono::duration_cast<std::chrono::seconds>(age()).count();
        if (outdated())
            runtime::log_error("the key set could not be read and is too old: every token is refused",
                               {{"why", problem}, {"age_seconds", age_seconds}});
        else
            runtime::log_warn("the key set could not be read; the previous one stays in use",
                              {{"why", problem}, {"age_seconds", age_seconds}});
    }

    // Keeps the state alive. Ends after stop(), which cancels the timer.
    static asio::awaitable<void> run(std::shared_ptr<State> self) {
        while (!self->stopped) {
            if (!self->reading) co_await self->read();
            const bool empty = self->keys.size() == 0;
            boost::system::error_code cancelled;
            self->timer.expires_after(empty ? self->options.least_interval : self->options.refresh_interval);
            co_await self->timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
        }
    }

    asio::io_context& loop;
    JwksSourceOptions options;
    Location location;
    asio::steady_timer timer;
    asio::steady_timer read_done;  // never expires; its cancellation wakes the callers that wait for the present read
    std::optional<http::Client> client;
    KeySet keys;
    Clock::time_point last_read{};
    // The last read that succeeded; before it, the start. Shared with the scrape, which may outlive this state.
    std::shared_ptr<std::atomic<Clock::time_point>> read_at =
        std::make_shared<std::atomic<Clock::time_point>>(Clock::now());
    bool reading = false;
    bool stopped = false;
    runtime::Counter reads;
    runtime::Counter failures;
    runtime::Gauge keys_known;
};

JwksSource::JwksSource(asio::io_context& loop, JwksSourceOptions options, runtime::Metrics& metrics)
    : state_(std::make_shared<State>(loop, std::move(options), metrics)) {}

JwksSource::~JwksSource() {
    stop();
}

void JwksSource::start() {
    asio::co_spawn(state_->loop, State::run(state_), asio::detached);
}

void JwksSource::stop() {
    state_->stopped = true;
    state_->timer.cancel();
}

const KeySet& JwksSource::keys() const {
    static const KeySet kNone;
    return state_->outdated() ? kNone : state_->keys;
}

asio::awaitable<void> JwksSource::refresh() {
    const auto state = state_;
    if (state->reading) {
        boost::system::error_code woken;
        co_await state->read_done.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    } else if (Clock::now() - state->last_read >= state->options.least_interval) {
        co_await state->read();
    }
}

}  // namespace quittance::edge
