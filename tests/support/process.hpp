// A program under test as a child process: started with settings of its own on free ports, found through the file that
// READY_FILE names, stopped or killed by the test, its log shown when something fails. A child never outlives its test:
// the kernel kills it when the test's thread ends.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/patience.hpp"

namespace quittance::test {

struct ProcessError : std::runtime_error {
    using std::runtime_error::runtime_error;  // the message ends with the last lines of the program's log
};

// How a process ended.
struct Exit {
    int code = 0;    // exit code, where it ended by itself
    int signal = 0;  // else the signal that ended it
    bool clean() const { return code == 0 && signal == 0; }
};

struct ProcessOptions {
    std::string program;  // its path
    std::vector<std::string> arguments;
    // Added to the test's own environment; READY_FILE is set anyway.
    std::map<std::string, std::string> environment;
};

#ifdef QUITTANCE_BIN
// The path of one of our programs, such as "quittance-edge", in the tree that built this test.
inline std::string our_program(const std::string& name) {
    return std::string(QUITTANCE_BIN) + "/" + name;
}
#endif

class Process {
  public:
    // Starts at once. Start it from a thread that lives as long as the process should. Throws ProcessError where there
    // is no such program.
    explicit Process(ProcessOptions options);
    // Kills what still runs and takes its files away.
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    // Waits until the program says where it listens. Throws ProcessError when it ends before, or at the deadline.
    void wait_until_ready(std::chrono::milliseconds patience = kPatience);
    // "127.0.0.1:41234" for "EDGE_LISTEN", once ready. Throws ProcessError for a name that the program did not write.
    const std::string& address(const std::string& name) const;

    pid_t pid() const { return pid_; }
    bool running();
    void signal(int number);
    // Whether it has a handler for the signal by now, waiting for that; without one the signal would end it at once.
    bool handles(int number, std::chrono::milliseconds patience = kPatience);
    // SIGKILL, and waits until it is gone.
    void kill();
    // SIGTERM, and waits; throws ProcessError where it does not end in time.
    Exit terminate(std::chrono::milliseconds patience = kPatience);
    // How it ended, or nothing if it still runs when the patience is over.
    std::optional<Exit> wait(std::chrono::milliseconds patience);

    // Standard output and error so far.
    std::string log() const;

  private:
    void read_ready_file();
    std::string with_log(const std::string& sentence) const;

    std::string name_;
    std::filesystem::path directory_;
    pid_t pid_ = -1;
    std::optional<Exit> exit_;
    std::map<std::string, std::string> addresses_;
};

}  // namespace quittance::test
