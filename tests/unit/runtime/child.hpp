// What a piece of code does to its process: run in a child of its own, with its output and its exit code. For code that
// exits, logs for good, or is about signals. And files that go away with their test.
#pragma once

#include <functional>
#include <string>

namespace quittance::test {

struct ChildResult {
    int exit_code = -1;  // -1: ended by a signal
    std::string out;
    std::string err;
};

// `work`'s result becomes the exit code. Ends the child after a minute, whatever it does.
ChildResult in_child(const std::function<int()>& work);

// A directory that is empty at first and gone at the end.
class TemporaryDirectory {
  public:
    TemporaryDirectory();
    ~TemporaryDirectory();
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    const std::string& path() const { return path_; }
    // Writes a file and gives its path.
    std::string write(const std::string& name, const std::string& content) const;

  private:
    std::string path_;
};

}  // namespace quittance::test
