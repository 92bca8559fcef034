#include "support/report/captured_output.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <system_error>
#include <vector>

// The sanitisers' own; absent where the build has none. NOLINTNEXTLINE
extern "C" __attribute__((weak)) void __sanitizer_set_report_fd(void* descriptor);

namespace quittance::test {
namespace {

constexpr std::size_t kLinesShown = 40;
constexpr std::size_t kLineBytesShown = 400;
constexpr off_t kBytesRead = 64 * 1024;

int checked(int result, const char* what) {
    if (result < 0) throw std::system_error(errno, std::generic_category(), what);
    return result;
}

// A sanitiser's report must not wait for the end of a test that it ends itself.
void report_sanitisers_to(int descriptor) {
    if (__sanitizer_set_report_fd != nullptr)
        __sanitizer_set_report_fd(reinterpret_cast<void*>(static_cast<std::uintptr_t>(descriptor)));
}

}  // namespace

CapturedOutput::CapturedOutput()
    : former_output_(checked(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10), "standard output")),
      former_error_(checked(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10), "standard error")),
      kept_(checked(::memfd_create("quittance-test-output", MFD_CLOEXEC), "memory for the output")),
      real_buffer_(checked(::fcntl(former_output_, F_DUPFD_CLOEXEC, 10), "standard output"), std::ios::out) {
    // Both descriptors share one file: what is written goes to its end, wherever that was moved.
    checked(::fcntl(kept_, F_SETFL, O_APPEND), "memory for the output");
    (void)std::fflush(stdout);
    checked(::dup2(kept_, STDOUT_FILENO), "standard output");
    checked(::dup2(kept_, STDERR_FILENO), "standard error");
    report_sanitisers_to(former_error_);
}

CapturedOutput::~CapturedOutput() {
    (void)std::fflush(stdout);
    ::dup2(former_output_, STDOUT_FILENO);
    ::dup2(former_error_, STDERR_FILENO);
    report_sanitisers_to(STDERR_FILENO);
    for (const int descriptor : {former_output_, former_error_, kept_}) ::close(descriptor);
}

void CapturedOutput::clear() {
    (void)std::fflush(stdout);
    [[maybe_unused]] const int done = ::ftruncate(kept_, 0);
}

std::string CapturedOutput::last_lines() const {
    (void)std::fflush(stdout);
    const auto size = ::lseek(kept_, 0, SEEK_END);
    const auto start = std::max<off_t>(0, size - kBytesRead);
    std::string text(static_cast<std::size_t>(size - start), '\0');
    const auto read = ::pread(kept_, text.data(), text.size(), start);
    text.resize(read < 0 ? 0 : static_cast<std::size_t>(read));
    std::vector<std::string> lines;
    for (std::size_t end = text.size(); end > 0 && lines.size() < kLinesShown;) {
        const auto begin = end < 2 ? 0 : text.rfind('\n', end - 2) + 1;  // npos + 1 is 0
        auto line = text.substr(begin, end - begin);
        if (line.ends_with('\n')) line.pop_back();
        if (line.size() > kLineBytesShown) line = line.substr(0, kLineBytesShown) + "…";
        lines.push_back(line + "\n");
        end = begin;
    }
    std::string last;
    for (auto line = lines.rbegin(); line != lines.rend(); ++line) last += *line;
    return last;
}

}  // namespace quittance::test
