// A file in memory with a path, for a library that reads its input from files. A reader never sees half of a content.
// For libs/rpc only.
#pragma once

#include <string>
#include <string_view>

namespace quittance::rpc {

class MemoryFile {
  public:
    // Throws std::system_error.
    explicit MemoryFile(std::string_view content);
    ~MemoryFile();
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;

    const std::string& path() const { return path_; }
    // Replaces the content in one step: an opened path has all of the old content or all of the new one. Throws
    // std::system_error.
    void replace(std::string_view content);

  private:
    int descriptor_ = -1;
    std::string path_;
};

}  // namespace quittance::rpc
