// A disk of a few megabytes for a server under test, to be filled by somebody else: a tmpfs, which only root may mount.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <stdexcept>

namespace quittance::test {

// The message tells which variable excuses it: see tests that ask for one.
struct CannotMount : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class SmallDisk {
  public:
    // Mounts over `directory`, which exists, and gives it to the user. Throws CannotMount.
    SmallDisk(std::filesystem::path directory, std::size_t bytes, uid_t user, gid_t group);
    ~SmallDisk();
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;

    void fill() const;  // to the last byte, with a file of nobody's
    void free() const;  // takes that file away

  private:
    std::filesystem::path ballast() const { return directory_ / "ballast"; }

    const std::filesystem::path directory_;
};

}  // namespace quittance::test
