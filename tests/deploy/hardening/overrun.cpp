// Makes the two faults that a hardened build must end: a copy that is longer than its buffer, whose length only the
// running program knows (`copy`), and one that the program does byte by byte (`loop`). The argument says which, and the
// second how many bytes.
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>

namespace {

constexpr std::size_t kBufferSize = 16;

// The size of the buffer is computed while the program runs, too: level 3 of FORTIFY knows it, level 2 does not.
[[gnu::noinline]] void copy_too_much(std::size_t size) {
    char* buffer = static_cast<char*>(std::malloc(size / 2));
    std::memcpy(buffer, std::string(size, 'x').data(), size);
    std::cout << buffer[0] << '\n';
    std::free(buffer);
}

[[gnu::noinline]] void write_too_much(std::size_t size) {
    volatile char buffer[kBufferSize];
    volatile char* to = buffer;
    for (std::size_t i = 0; i < size; ++i) to[i] = 'x';
    std::cout << buffer[0] << '\n';
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    const auto size = static_cast<std::size_t>(std::atoll(argv[2]));
    if (std::string(argv[1]) == "copy")
        copy_too_much(size);
    else
        write_too_much(size);
    std::cout << "nothing stopped it\n";
    return 0;
}
