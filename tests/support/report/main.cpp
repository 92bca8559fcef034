// The main of every test executable. Whatever the code under test logs is kept back and shown, its last lines, only for
// a test case that fails; the failed assertions stand once more, in short, at the end; and every case is named when it
// begins, so that one that hangs until it is killed has told which it was. QUITTANCE_TEST_LOG=show leaves the output
// alone, for a debugger or a look at what goes on.
#define CATCH_CONFIG_RUNNER
#define CATCH_CONFIG_EXTERNAL_INTERFACES
#define CATCH_CONFIG_NOSTDOUT
#include <catch2/catch.hpp>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <sstream>

#include "support/report/captured_output.hpp"

namespace quittance::test {
namespace {

constexpr std::size_t kFailuresShown = 20;
constexpr std::size_t kTextShown = 300;

// Set by main before the first test; without it nothing is kept back.
std::unique_ptr<CapturedOutput> captured;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

// In one line.
std::string shortened(std::string text) {
    for (auto& character : text)
        if (character == '\n' || character == '\r') character = ' ';
    return text.size() <= kTextShown ? text : text.substr(0, kTextShown) + "…";
}

std::string place(const Catch::SourceLineInfo& line) {
    const std::string file = line.file;
    const auto tests = file.rfind("/tests/");
    return (tests == std::string::npos ? file : file.substr(tests + 1)) + ":" + std::to_string(line.line);
}

std::string in_short(const Catch::AssertionStats& stats) {
    const auto& result = stats.assertionResult;
    std::string text = "    " + place(result.getSourceInfo());
    if (result.hasExpression()) text += "  " + shortened(result.getExpressionInMacro());
    if (result.hasExpandedExpression()) text += "  with  " + shortened(result.getExpandedExpression());
    if (result.hasMessage()) text += "  " + shortened(result.getMessage());
    for (const auto& info : stats.infoMessages)
        if (info.message != result.getMessage()) text += "  [" + shortened(info.message) + "]";
    return text + "\n";
}

// No listener: for one Catch would report every assertion that passes, too, which those on a test's own threads must
// not have.
class Report : public Catch::ConsoleReporter {
  public:
    using ConsoleReporter::ConsoleReporter;
    static std::string getDescription() {
        return "Catch's own, with the log of what fails, and all failures at the end";
    }

    void testRunStarting(const Catch::TestRunInfo& run) override {
        program_ = run.name.substr(run.name.rfind('/') + 1);  // npos + 1 is 0
        ConsoleReporter::testRunStarting(run);
    }

    void testCaseStarting(const Catch::TestCaseInfo& info) override {
        ConsoleReporter::testCaseStarting(info);
        name_ = info.name;
        told_ = false;
        if (captured) captured->clear();
        stream << name_ << std::endl;
    }

    bool assertionEnded(const Catch::AssertionStats& stats) override {
        if (!stats.assertionResult.isOk()) {
            if (!told_) failures_ << "  \"" << name_ << "\"\n";
            told_ = true;
            if (++count_ <= kFailuresShown) failures_ << in_short(stats);
        }
        return ConsoleReporter::assertionEnded(stats);
    }

    void testCaseEnded(const Catch::TestCaseStats& stats) override {
        ConsoleReporter::testCaseEnded(stats);
        if (!captured || stats.totals.assertions.failed == 0) return;
        const auto log = captured->last_lines();
        if (!log.empty()) stream << "\nwhat was logged ends:\n" << log << std::endl;
    }

    // Before the totals, which are the last lines.
    void testRunEnded(const Catch::TestRunStats& stats) override {
        if (count_ > 0) stream << "\nFAILED in " << program_ << ":\n" << failures_.str();
        if (count_ > kFailuresShown) stream << "    and " << count_ - kFailuresShown << " more\n";
        ConsoleReporter::testRunEnded(stats);
    }

  private:
    std::string program_;
    std::string name_;
    bool told_ = false;
    std::size_t count_ = 0;
    std::ostringstream failures_;
};

CATCH_REGISTER_REPORTER("quittance", Report)

bool shows_log() {
    const char* value = std::getenv("QUITTANCE_TEST_LOG");  // NOLINT(concurrency-mt-unsafe): before any thread
    return value != nullptr && std::string_view(value) == "show";
}

}  // namespace
}  // namespace quittance::test

// Where Catch writes.
namespace Catch {
std::ostream& cout() {
    return quittance::test::captured ? quittance::test::captured->real_output() : std::cout;
}
std::ostream& cerr() {
    return quittance::test::captured ? quittance::test::captured->real_output() : std::cerr;
}
std::ostream& clog() {
    return cerr();
}
}  // namespace Catch

// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): LeakSanitizer asks for it by this name
extern "C" const char* __lsan_default_options();
extern "C" const char* __lsan_default_options() {
    return "print_suppressions=0";  // the totals are the last lines
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

int main(int argc, char** argv) {
    using quittance::test::captured;
    if (!quittance::test::shows_log()) captured = std::make_unique<quittance::test::CapturedOutput>();
    int failed = 0;
    {
        Catch::Session session;
        session.configData().reporterName = "quittance";
        failed = session.run(argc, argv);
    }
    captured.reset();
    return failed;
}
