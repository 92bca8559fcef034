// Child processes of tests: fork, exec, wait. Between fork and exec only calls that are safe in a child of a threaded
// process.
#include "support/process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <thread>

namespace quittance::test {
namespace {

constexpr std::chrono::milliseconds kPollInterval{5};
constexpr std::size_t kLogLinesShown = 40;

std::filesystem::path make_directory() {
    std::string name = (std::filesystem::temp_directory_path() / "quittance-process-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw ProcessError("cannot make a directory like " + name);
    return name;
}

std::vector<std::string> merged_environment(const std::map<std::string, std::string>& added) {
    std::map<std::string, std::string> all;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string text = *entry;
        const auto equals = text.find('=');
        if (equals != std::string::npos) all[text.substr(0, equals)] = text.substr(equals + 1);
    }
    for (const auto& [name, value] : added) all[name] = value;
    std::vector<std::string> lines;
    lines.reserve(all.size());
    for (const auto& [name, value] : all) lines.push_back(name + "=" + value);
    return lines;
}

std::vector<char*> pointers_to(std::vector<std::string>& words) {
    std::vector<char*> pointers;
    pointers.reserve(words.size() + 1);
    for (auto& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    return pointers;
}

// The child's side: never returns.
[[noreturn]] void run_program(pid_t parent, int log, char* const* arguments, char* const* environment) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);  // the parent died before the line above
    const int nothing = open("/dev/null", O_RDONLY);
    dup2(nothing, STDIN_FILENO);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    execve(arguments[0], arguments, environment);
    const char* const reason = "cannot run the program\n";
    [[maybe_unused]] const auto written = write(STDERR_FILENO, reason, strlen(reason));
    _exit(127);
}

std::string file_text(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::string last_lines(const std::string& text, std::size_t count) {
    std::size_t begin = text.size();
    for (std::size_t seen = 0; begin > 0; --begin) {
        if (text[begin - 1] == '\n' && begin < text.size() && ++seen == count) break;
    }
    return text.substr(begin);
}

}  // namespace

Process::Process(ProcessOptions options) : name_(options.program), directory_(make_directory()) {
    // Among themselves our services talk in plaintext here, unless a test says otherwise.
    options.environment.insert({"RPC_TRANSPORT", "plaintext"});
    options.environment["READY_FILE"] = (directory_ / "ready").string();
    auto environment = merged_environment(options.environment);
    auto arguments = options.arguments;
    arguments.insert(arguments.begin(), options.program);
    const auto argument_pointers = pointers_to(arguments);
    const auto environment_pointers = pointers_to(environment);

    const int log = open((directory_ / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log < 0) throw ProcessError("cannot write a log in " + directory_.string());
    const pid_t parent = getpid();
    pid_ = fork();
    if (pid_ == 0) run_program(parent, log, argument_pointers.data(), environment_pointers.data());
    close(log);
    if (pid_ < 0) throw ProcessError(std::string("cannot fork: ") + strerror(errno));
}

Process::~Process() {
    kill();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
}

void Process::wait_until_ready(std::chrono::milliseconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!std::filesystem::exists(directory_ / "ready")) {
        if (!running())
            throw ProcessError(with_log("it ended with code " + std::to_string(exit_->code) + " before it served"));
        if (std::chrono::steady_clock::now() > deadline) throw ProcessError(with_log("it did not serve in time"));
        std::this_thread::sleep_for(kPollInterval);
    }
    read_ready_file();
}

bool Process::handles(int number, std::chrono::milliseconds patience) {
    const auto path = "/proc/" + std::to_string(pid_) + "/status";
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (running() && std::chrono::steady_clock::now() < deadline) {
        std::ifstream status(path);
        for (std::string line; std::getline(status, line);)
            if (line.starts_with("SigCgt:") && (std::stoull(line.substr(7), nullptr, 16) >> (number - 1) & 1U) != 0)
                return true;
        std::this_thread::sleep_for(kPollInterval);
    }
    return false;
}

void Process::read_ready_file() {
    std::ifstream file(directory_ / "ready");
    for (std::string line; std::getline(file, line);) {
        const auto equals = line.find('=');
        if (equals != std::string::npos) addresses_[line.substr(0, equals)] = line.substr(equals + 1);
    }
}

const std::string& Process::address(const std::string& name) const {
    const auto found = addresses_.find(name);
    if (found == addresses_.end()) throw ProcessError(with_log("it did not say where " + name + " is"));
    return found->second;
}

bool Process::running() {
    return !wait(std::chrono::milliseconds(0)).has_value();
}

void Process::signal(int number) {
    // Once reaped, the id may be somebody else's.
    if (running()) ::kill(pid_, number);
}

void Process::kill() {
    signal(SIGKILL);
    while (!wait(std::chrono::seconds(1))) {
    }
}

Exit Process::terminate(std::chrono::milliseconds patience) {
    signal(SIGTERM);
    const auto end = wait(patience);
    if (!end) throw ProcessError(with_log("it did not end after SIGTERM"));
    return *end;
}

std::optional<Exit> Process::wait(std::chrono::milliseconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!exit_) {
        int status = 0;
        const pid_t ended = waitpid(pid_, &status, WNOHANG);
        if (ended == pid_) {
            exit_ = WIFSIGNALED(status) ? Exit{0, WTERMSIG(status)} : Exit{WEXITSTATUS(status), 0};
        } else if (ended < 0 && errno != EINTR) {
            exit_ = Exit{};  // somebody else reaped it
        } else if (std::chrono::steady_clock::now() >= deadline) {
            return std::nullopt;
        } else {
            std::this_thread::sleep_for(kPollInterval);
        }
    }
    return exit_;
}

std::string Process::log() const {
    return file_text(directory_ / "log");
}

std::string Process::with_log(const std::string& sentence) const {
    return name_ + ": " + sentence + "; its log ends:\n" + last_lines(log(), kLogLinesShown);
}

}  // namespace quittance::test
