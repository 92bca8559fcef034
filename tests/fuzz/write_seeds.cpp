// Writes each target's seeds as files that libFuzzer starts from: FOLDER/target/seed-000 ….
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "fuzz/targets.hpp"

int main(int count, char** arguments) {
    if (count != 2) {
        std::cerr << "usage: quittance-fuzz-seeds FOLDER\n";
        return 2;
    }
    try {
        for (const auto& target : quittance::fuzz::targets()) {
            const auto folder = std::filesystem::path(arguments[1]) / target.name;
            std::filesystem::create_directories(folder);
            int number = 0;
            for (const auto& seed : target.seeds()) {
                char name[16];
                std::snprintf(name, sizeof name, "seed-%03d", number++);
                std::ofstream(folder / name, std::ios::binary) << seed;
            }
        }
    } catch (const std::exception& failure) {
        std::cerr << failure.what() << '\n';
        return 1;
    }
    return 0;
}
