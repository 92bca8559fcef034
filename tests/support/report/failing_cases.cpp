// Fails on purpose, for report.test.mjs to see what is told of it.
#include <catch2/catch.hpp>
#include <cstdio>
#include <iostream>
#include <stdexcept>

TEST_CASE("passes and logs") {
    for (int line = 0; line < 1'000; ++line) std::cout << "chatter of what passes\n" << std::flush;
    CHECK(std::cout.good());
}

TEST_CASE("fails and logs") {
    for (int line = 0; line < 1'000; ++line) std::fprintf(stderr, "line %d of what fails\n", line);
    const int round = 7;
    INFO("in round " << round);
    CHECK(round == 8);
}

TEST_CASE("throws") {
    throw std::runtime_error("the store did not serve in time");
}
