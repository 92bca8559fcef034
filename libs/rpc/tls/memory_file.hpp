// A file that exists in memory alone and has a path while the object lives: for a library that reads files, where what
// it should read is not on any disk, or must not be read half. Inside the library only.
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
    // In one step: who opens the path sees all of the old content or all of the new one. Throws std::system_error.
    void replace(std::string_view content);

  private:
    int descriptor_ = -1;
    std::string path_;
};

}  // namespace quittance::rpc
