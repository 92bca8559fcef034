// When a watched content counts: two equal reads, once each, and a refusal that changes nothing.
#include "runtime/watched_file.hpp"

#include <catch2/catch.hpp>
#include <deque>
#include <future>
#include <mutex>
#include <vector>

using namespace std::chrono_literals;
using quittance::runtime::FileWatch;
using quittance::runtime::WatchedFile;

namespace {

using Content = std::optional<std::string>;

// Gives the watch one content after the other, and collects its calls. Ready once all contents were read twice over.
struct Script {
    explicit Script(std::deque<Content> given) : contents(std::move(given)) {}

    std::vector<std::string> run() {
        FileWatch<std::string> watch;
        watch.name = "test";
        watch.interval = 1ms;
        watch.read = [this] { return next(); };
        watch.accept = [this](const std::string& text) {
            if (text == "bad") throw std::runtime_error("it is bad");
            calls.push_back("accept " + text);
        };
        watch.refuse = [this](std::string_view reason) { calls.push_back("refuse: " + std::string(reason)); };
        WatchedFile<std::string> file(std::move(watch), "first");
        REQUIRE(at_end.get_future().wait_for(20s) == std::future_status::ready);
        file.stop();
        return calls;
    }

  private:
    // The last content is read for ever.
    Content next() {
        if (contents.size() > 1) {
            auto content = contents.front();
            contents.pop_front();
            return content;
        }
        if (++last_reads == 4) at_end.set_value();
        return contents.front();
    }

    std::deque<Content> contents;
    int last_reads = 0;
    std::promise<void> at_end;
    std::vector<std::string> calls;
};

std::vector<std::string> calls_for(std::deque<Content> contents) {
    return Script(std::move(contents)).run();
}

using Calls = std::vector<std::string>;

}  // namespace

TEST_CASE("a content counts once two reads in a row found it, and counts once") {
    CHECK(calls_for({"first"}).empty());
    CHECK(calls_for({"second"}) == Calls{"accept second"});
    CHECK(calls_for({"half", "second"}) == Calls{"accept second"});
    CHECK(calls_for({"half", "first"}).empty());
    CHECK(calls_for({"half", "first", "half", "first"}).empty());
    CHECK(calls_for({"second", "second", "third", "third", "first"}) ==
          Calls{"accept second", "accept third", "accept first"});
}

TEST_CASE("a content that is bad or cannot be read is refused once") {
    CHECK(calls_for({"bad"}) == Calls{"refuse: it is bad"});
    CHECK(calls_for({std::nullopt}) == Calls{"refuse: it cannot be read"});
    CHECK(calls_for({std::nullopt, "first"}).empty());
    // The content before counts anew: it is what the files hold, and it replaces a refusal.
    CHECK(calls_for({"bad", "bad", "first"}) == Calls{"refuse: it is bad", "accept first"});
}
