// The first thing that every program does, each time in a child of its own.
#include "runtime/process_start.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <iostream>

#include "runtime/log.hpp"
#include "unit/runtime/child.hpp"

using quittance::test::in_child;
namespace runtime = quittance::runtime;

namespace {

// A sanitised program stays dumpable (process_start.cpp).
constexpr int kDumpable =
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
    1;
#else
    0;
#endif
#else
    0;
#endif

void limit_files(rlim_t soft, rlim_t hard) {
    const rlimit limit{soft, hard};
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

rlimit limit_of(int resource) {
    rlimit limit{};
    ::getrlimit(static_cast<__rlimit_resource>(resource), &limit);
    return limit;
}

}  // namespace

TEST_CASE("the limit of open files is raised to the hard one") {
    const auto result = in_child([] {
        limit_files(100, 700);
        runtime::start_process();
        return limit_of(RLIMIT_NOFILE).rlim_cur == 700 && runtime::descriptor_limit() == 700 ? 0 : 1;
    });
    CHECK(result.exit_code == 0);
}

TEST_CASE("no core is written and nobody reads the memory, unless that is allowed") {
    const auto result = in_child([] {
        runtime::start_process();
        std::cout << limit_of(RLIMIT_CORE).rlim_cur << " " << ::prctl(PR_GET_DUMPABLE) << "\n";
        runtime::allow_dumps();
        std::cout << (limit_of(RLIMIT_CORE).rlim_cur == limit_of(RLIMIT_CORE).rlim_max) << " "
                  << ::prctl(PR_GET_DUMPABLE) << std::endl;
        return 0;
    });
    CHECK(result.out == "0 " + std::to_string(kDumpable) + "\n1 1\n");
}

TEST_CASE("connections are cut to what the limit of open files allows, with a line that says so") {
    const auto result = in_child([] {
        runtime::start_log("edge", "text", "info");
        limit_files(1'000, 1'000);
        std::cout << runtime::connections_within_descriptors("MAX_CONNECTIONS", 500) << " "
                  << runtime::connections_within_descriptors("MAX_CONNECTIONS", 10'000) << " ";
        limit_files(100, 1'000);
        std::cout << runtime::connections_within_descriptors("MAX_CONNECTIONS", 500) << std::endl;
        return 0;
    });
    CHECK(result.out == "500 744 50\n");
    CHECK_THAT(result.err, Catch::Contains("setting=\"MAX_CONNECTIONS\" wanted=10000 allowed=744 open_files=1000"));
    CHECK_THAT(result.err, !Catch::Contains("wanted=500 allowed=744"));
}
