#include "rpc/tls/memory_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace quittance::rpc {
namespace {

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

int filled(std::string_view content) {
    const int descriptor = ::memfd_create("quittance-tls", MFD_CLOEXEC);
    if (descriptor < 0) fail("memfd_create");
    while (!content.empty()) {
        const auto written = ::write(descriptor, content.data(), content.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) {
            ::close(descriptor);
            fail("writing to memory");
        }
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    return descriptor;
}

}  // namespace

MemoryFile::MemoryFile(std::string_view content)
    : descriptor_(filled(content)), path_("/proc/self/fd/" + std::to_string(descriptor_)) {}

MemoryFile::~MemoryFile() {
    ::close(descriptor_);
}

void MemoryFile::replace(std::string_view content) {
    const int fresh = filled(content);
    const bool replaced = ::dup3(fresh, descriptor_, O_CLOEXEC) >= 0;
    ::close(fresh);
    if (!replaced) fail("dup3");
}

}  // namespace quittance::rpc
