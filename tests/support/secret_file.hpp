// A file of secrets that is replaced in one step, as Kubernetes replaces a mounted Secret.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "runtime/identifier.hpp"

namespace quittance::test {

class SecretFile {
  public:
    SecretFile() = default;
    explicit SecretFile(const std::string& text) { write(text); }
    ~SecretFile() { remove(); }
    SecretFile(const SecretFile&) = delete;
    SecretFile& operator=(const SecretFile&) = delete;

    const std::string& path() const { return path_; }
    void write(const std::string& text) const {
        std::ofstream(path_ + ".new", std::ios::trunc) << text;
        std::filesystem::rename(path_ + ".new", path_);
    }
    void remove() const { std::filesystem::remove(path_); }

  private:
    std::string path_ = (std::filesystem::temp_directory_path() / ("secret-" + runtime::random_hex_128())).string();
};

}  // namespace quittance::test
