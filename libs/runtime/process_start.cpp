#include "runtime/process_start.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <string>

#include "runtime/log.hpp"

namespace quittance::runtime {
namespace {

// Some systems have a hard limit of a thousand million. Nobody needs so many, and some libraries walk over all of them.
constexpr rlim_t kMostDescriptors = 1'048'576;
constexpr std::size_t kKeptDescriptors = 256;

// The leak check at the end of a sanitised program traces the program (ptrace), which a process that is not dumpable
// refuses. A sanitised build holds no secrets of anybody.
constexpr bool kTracedBySanitizer =
#if defined(__SANITIZE_ADDRESS__)
    true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
    true;
#else
    false;
#endif
#else
    false;
#endif

void raise_descriptors() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    const auto wanted = std::min(limit.rlim_max, kMostDescriptors);
    if (wanted <= limit.rlim_cur) return;
    limit.rlim_cur = wanted;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

void set_core_size(bool allowed) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_CORE, &limit) != 0) return;
    limit.rlim_cur = allowed ? limit.rlim_max : 0;  // the hard limit stays, so that a setting can allow dumps again
    ::setrlimit(RLIMIT_CORE, &limit);
}

// The last line of a process that a failure of its own ends, in the form of all others.
[[noreturn]] void log_and_abort() {
    std::string what = "no exception";
    try {
        if (const auto thrown = std::current_exception()) std::rethrow_exception(thrown);
    } catch (const std::exception& error) {
        what = error.what();
    } catch (...) {
        what = "not a std::exception";
    }
    log_error("the process ends: an exception was not caught", {{"what", what}});
    std::abort();
}

}  // namespace

void start_process() {
    std::set_terminate(log_and_abort);
    raise_descriptors();
    set_core_size(false);
    // Signals that change the level of the log, once there is a loop. Until then they must not end the process.
    std::signal(SIGUSR1, SIG_IGN);
    std::signal(SIGUSR2, SIG_IGN);
    if (!kTracedBySanitizer) ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

void allow_dumps() {
    set_core_size(true);
    ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

std::size_t descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    return static_cast<std::size_t>(std::min(limit.rlim_cur, kMostDescriptors));
}

std::size_t connections_within_descriptors(std::string_view name, std::size_t wanted) {
    const auto limit = descriptor_limit();
    const auto allowed = std::max<std::size_t>(1, limit - std::min(kKeptDescriptors, limit / 2));
    if (wanted <= allowed) return wanted;
    log_warn("the limit of open files allows fewer connections than the setting",
             {{"setting", name}, {"wanted", wanted}, {"allowed", allowed}, {"open_files", limit}});
    return allowed;
}

}  // namespace quittance::runtime
