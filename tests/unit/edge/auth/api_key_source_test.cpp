// API keys from a file: keys that are added and removed, a broken, a missing and an empty file, and the count of uses.
#include "edge/auth/api_key_source.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "base/digest.hpp"
#include "runtime/identifier.hpp"
#include "support/patience.hpp"

using namespace quittance;
using Catch::Contains;

namespace {

constexpr std::chrono::milliseconds kLookInterval{5};

std::string entry(const std::string& name, const std::string& key) {
    return name + ":" + base::sha256_hex(key);
}

// A file that is replaced in one step, as Kubernetes replaces a mounted Secret.
class SecretFile {
  public:
    ~SecretFile() { std::filesystem::remove(path_); }
    const std::string& path() const { return path_; }
    void write(const std::string& text) const {
        std::ofstream(path_ + ".new", std::ios::trunc) << text;
        std::filesystem::rename(path_ + ".new", path_);
    }

  private:
    std::string path_ = (std::filesystem::temp_directory_path() / ("api-keys-" + runtime::random_hex_128())).string();
};

struct Fixture {
    explicit Fixture(const std::string& text) {
        file.write(text);
        edge::ApiKeySourceOptions options{text, file.path(), kLookInterval};
        source.emplace(loop, options, metrics);
    }

    // Runs the loop until the condition holds.
    template <class Condition>
    bool eventually(Condition condition) {
        return test::eventually([&] {
            loop.restart();
            loop.run_for(std::chrono::milliseconds(5));
            return condition();
        });
    }

    bool fits(const std::string& key) { return source->authenticate(key).has_value(); }
    bool refused(int times) {
        const auto line = "quittance_secret_file_changes_total{result=\"refused\",setting=\"ADMIN_API_KEY_HASHES\"} " +
                          std::to_string(times);
        return metrics.text().find(line + "\n") != std::string::npos;
    }

    SecretFile file;
    runtime::Metrics metrics;
    boost::asio::io_context loop;
    std::optional<edge::ApiKeySource> source;
};

}  // namespace

TEST_CASE("keys are added and removed while the source is in use, and counted by name") {
    Fixture keys(entry("ops", "alpha"));
    CHECK(keys.source->authenticate("alpha")->name == "ops");
    CHECK_FALSE(keys.fits("beta"));

    keys.file.write(entry("ops", "alpha") + ",\n" + entry("batch", "beta") + "\n");
    REQUIRE(keys.eventually([&] { return keys.fits("beta"); }));
    CHECK(keys.fits("alpha"));
    CHECK_THAT(keys.metrics.text(), Contains("quittance_api_keys 2\n"));

    keys.file.write(entry("batch", "beta"));
    REQUIRE(keys.eventually([&] { return !keys.fits("alpha"); }));
    CHECK(keys.source->authenticate("beta")->name == "batch");
    CHECK_THAT(keys.metrics.text(), Contains("quittance_api_keys 1\n"));
    CHECK_THAT(keys.metrics.text(), Contains("quittance_api_key_requests_total{key=\"batch\"} 2\n"));
    CHECK_THAT(keys.metrics.text(), Contains("quittance_api_key_requests_total{key=\"ops\"}"));
}

TEST_CASE("the rights of a key change with the file") {
    Fixture keys(entry("ops", "alpha"));
    for (const auto right : {edge::Right::kRead, edge::Right::kWrite, edge::Right::kAudit})
        CHECK(keys.source->authenticate("alpha")->may(right));
    keys.file.write(entry("ops", "alpha") + ":read+audit");
    REQUIRE(keys.eventually([&] { return !keys.source->authenticate("alpha")->may(edge::Right::kWrite); }));
    CHECK(keys.source->authenticate("alpha")->may(edge::Right::kRead));
    CHECK(keys.source->authenticate("alpha")->may(edge::Right::kAudit));
    keys.file.write(entry("ops", "alpha") + ":admin");
    REQUIRE(keys.eventually([&] { return keys.refused(1); }));
    CHECK_FALSE(keys.source->authenticate("alpha")->may(edge::Right::kWrite));
}

TEST_CASE("broken content and a missing file leave the keys as they were") {
    Fixture keys(entry("ops", "alpha"));
    keys.file.write("alpha");
    REQUIRE(keys.eventually([&] { return keys.refused(1); }));
    CHECK(keys.fits("alpha"));

    std::filesystem::remove(keys.file.path());
    REQUIRE(keys.eventually([&] { return keys.refused(2); }));
    CHECK(keys.fits("alpha"));

    keys.file.write(entry("ops", "gamma"));
    REQUIRE(keys.eventually([&] { return keys.fits("gamma"); }));
    CHECK_FALSE(keys.fits("alpha"));
}

TEST_CASE("empty content closes the surface, and later content opens it again") {
    Fixture keys(entry("ops", "alpha"));
    keys.file.write("\n");
    REQUIRE(keys.eventually([&] { return !keys.fits("alpha"); }));
    CHECK_THAT(keys.metrics.text(), Contains("quittance_api_keys 0\n"));
    keys.file.write(entry("ops", "alpha"));
    REQUIRE(keys.eventually([&] { return keys.fits("alpha"); }));
}

TEST_CASE("keys of a setting stay, and a wrong setting stops the start") {
    runtime::Metrics metrics;
    boost::asio::io_context loop;
    edge::ApiKeySource source(loop, {entry("ops", "alpha"), "", kLookInterval}, metrics);
    CHECK(source.authenticate("alpha").has_value());
    CHECK_THROWS_AS(edge::ApiKeySource(loop, {"alpha", "", kLookInterval}, metrics), std::runtime_error);
}
