// The file that tells where a service listens.
#include "runtime/ready_file.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "unit/runtime/child.hpp"

using quittance::runtime::write_ready_file;

TEST_CASE("nothing is written where nobody asks") {
    ::unsetenv("READY_FILE");
    CHECK_NOTHROW(write_ready_file({{"A_LISTEN", "127.0.0.1:1"}}));
    ::setenv("READY_FILE", "", 1);
    CHECK_NOTHROW(write_ready_file({{"A_LISTEN", "127.0.0.1:1"}}));
    ::unsetenv("READY_FILE");
}

TEST_CASE("the addresses appear whole, and replace those of an earlier run") {
    const quittance::test::TemporaryDirectory directory;
    const auto path = directory.write("ready", "OLD=1\nOLDER=2\n");
    ::setenv("READY_FILE", path.c_str(), 1);
    write_ready_file({{"A_LISTEN", "127.0.0.1:1"}, {"B_LISTEN", "[::1]:2"}});
    ::unsetenv("READY_FILE");
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    CHECK(text.str() == "A_LISTEN=127.0.0.1:1\nB_LISTEN=[::1]:2\n");
    // Nothing else is left behind.
    const auto files = std::filesystem::directory_iterator(directory.path());
    CHECK(std::distance(begin(files), end(files)) == 1);
}

TEST_CASE("a file that cannot be written stops the start") {
    const quittance::test::TemporaryDirectory directory;
    ::setenv("READY_FILE", (directory.path() + "/absent/ready").c_str(), 1);
    CHECK_THROWS_WITH(write_ready_file({{"A_LISTEN", "127.0.0.1:1"}}), Catch::Contains("READY_FILE"));
    ::unsetenv("READY_FILE");
}
