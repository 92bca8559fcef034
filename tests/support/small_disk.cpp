#include "support/small_disk.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace quittance::test {
namespace {

[[noreturn]] void fail(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

SmallDisk::SmallDisk(std::filesystem::path directory, std::size_t bytes, uid_t user, gid_t group)
    : directory_(std::move(directory)) {
    const auto options =
        "mode=0711,size=" + std::to_string(bytes) + ",uid=" + std::to_string(user) + ",gid=" + std::to_string(group);
    if (::mount("tmpfs", directory_.c_str(), "tmpfs", MS_NODEV | MS_NOSUID, options.c_str()) != 0)
        throw CannotMount("a disk that can be full has to be mounted, and this process may not (" +
                          std::generic_category().message(errno) +
                          "): run as root, or set QUITTANCE_TEST_WITHOUT_MOUNTS=1 to go without these tests");
}

SmallDisk::~SmallDisk() {
    ::umount2(directory_.c_str(), MNT_DETACH);
}

void SmallDisk::fill() const {
    const int file = ::open(ballast().c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0) fail("the ballast");
    // Whole blocks first, then what they leave.
    for (const std::size_t size : {std::size_t{65'536}, std::size_t{4'096}, std::size_t{1}}) {
        const std::string block(size, '\0');
        while (::write(file, block.data(), block.size()) > 0) {
        }
        if (errno != ENOSPC) {
            ::close(file);
            fail("filling the disk");
        }
    }
    ::close(file);
}

void SmallDisk::free() const {
    std::filesystem::remove(ballast());
}

}  // namespace quittance::test
