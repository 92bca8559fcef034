// What the code under test writes to standard output and error: kept, so that a test that fails can show the end of it,
// and one that passes is silent.
#pragma once

#include <cstddef>
#include <ext/stdio_filebuf.h>
#include <string>
#include <string_view>

namespace quittance::test {

class CapturedOutput {
  public:
    // From here on to its end. Throws std::system_error where the system lacks what it needs.
    CapturedOutput();
    ~CapturedOutput();
    CapturedOutput(const CapturedOutput&) = delete;
    CapturedOutput& operator=(const CapturedOutput&) = delete;

    // Forgets what was written so far.
    void clear();
    // The last lines of what was written since, long ones cut; empty where there are none.
    std::string last_lines() const;
    // For what the test runner itself says.
    std::ostream& real_output() { return real_stream_; }

  private:
    int former_output_;
    int former_error_;
    int kept_;
    __gnu_cxx::stdio_filebuf<char> real_buffer_;
    std::ostream real_stream_{&real_buffer_};
};

}  // namespace quittance::test
