// Starts and ends a PostgreSQL server. A small shell outlives the test to the end and cleans up behind it: it waits for
// the pipe from us to close, which also happens when we crash.
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <vector>

#include "support/free_port.hpp"
#include "support/patience.hpp"
#include "support/postgres.hpp"

namespace quittance::test {
namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

[[noreturn]] void fail(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

fs::path find_binaries() {
    fs::path newest;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", ignored))
        if (fs::exists(entry.path() / "bin/initdb") && entry.path() > newest) newest = entry.path();
    if (!newest.empty()) return newest / "bin";
    if (FILE* output = ::popen("pg_config --bindir 2>/dev/null", "r")) {
        std::array<char, 1024> line{};
        const bool read = std::fgets(line.data(), static_cast<int>(line.size()), output) != nullptr;
        ::pclose(output);
        if (read) {
            std::string directory(line.data());
            directory.erase(directory.find_last_not_of('\n') + 1);
            if (fs::exists(directory + "/initdb")) return directory;
        }
    }
    throw std::runtime_error("PostgreSQL's initdb was not found: install postgresql");
}

// The user that the server runs as: PostgreSQL refuses root.
const passwd* server_user() {
    if (::geteuid() != 0) return nullptr;
    const passwd* user = ::getpwnam("postgres");
    if (user == nullptr) user = ::getpwnam("nobody");
    if (user == nullptr) throw std::runtime_error("there is no user postgres or nobody to run PostgreSQL as");
    return user;
}

std::string read_file(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

// In the child, between fork and exec: system calls only.
[[noreturn]] void become(const std::vector<char*>& arguments, const passwd* user, int input, int output) {
    ::setsid();
    if (input >= 0) ::dup2(input, 0);
    if (output >= 0) {
        ::dup2(output, 1);
        ::dup2(output, 2);
    }
    if (user != nullptr && (::setgroups(0, nullptr) != 0 || ::setgid(user->pw_gid) != 0 || ::setuid(user->pw_uid) != 0))
        ::_exit(126);
    ::execv(arguments.front(), arguments.data());
    ::_exit(127);
}

pid_t spawn(std::vector<std::string> command, const passwd* user, int input, int output) {
    std::vector<char*> arguments;
    for (auto& word : command) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const pid_t child = ::fork();
    if (child < 0) fail("fork");
    if (child == 0) become(arguments, user, input, output);
    return child;
}

int wait_for(pid_t child) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

bool has_ended(pid_t child) {
    int status = 0;
    return ::waitpid(child, &status, WNOHANG) == child;
}

}  // namespace

struct PostgresServer::State {
    explicit State(const PostgresOptions& given) : options(given) {}

    const PostgresOptions options;
    fs::path directory;
    fs::path data;
    std::unique_ptr<SmallDisk> disk;
    fs::path binaries = find_binaries();
    const passwd* user = server_user();
    int port = 0;
    pid_t server = -1;
    pid_t janitor = -1;
    int janitor_pipe = -1;

    void make_directory() {
        std::string pattern = (fs::temp_directory_path() / "quittance-postgres-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) fail("mkdtemp");
        directory = pattern;
        data = directory / (options.on_small_disk == PostgresOptions::Part::kTables ? "disk/data" : "data");
        if (user != nullptr && ::chown(pattern.c_str(), user->pw_uid, user->pw_gid) != 0) fail("chown");
        if (!options.certificate.empty()) {
            own_file("server.crt", read_file(options.certificate));
            own_file("server.key", read_file(options.key));
        }
        if (!options.hba.empty()) own_file("hba", options.hba);
    }

    // A file that the server's user alone may read: PostgreSQL takes no other key.
    void own_file(const std::string& name, const std::string& content) const {
        const auto path = directory / name;
        std::ofstream(path, std::ios::binary) << content;
        fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
        if (user != nullptr && ::chown(path.c_str(), user->pw_uid, user->pw_gid) != 0) fail("chown");
    }

    std::vector<std::string> settings() const {
        std::vector<std::string> all{"listen_addresses=127.0.0.1", "fsync=off", "full_page_writes=off",
                                     "max_connections=200", "shared_buffers=64MB"};
        if (!options.certificate.empty()) {
            all.insert(all.end(), {"ssl=on", "ssl_cert_file=" + (directory / "server.crt").string(),
                                   "ssl_key_file=" + (directory / "server.key").string()});
        }
        if (!options.hba.empty()) all.push_back("hba_file=" + (directory / "hba").string());
        all.insert(all.end(), options.settings.begin(), options.settings.end());
        return all;
    }

    // After the janitor, who unmounts it when we crash.
    void mount_disk() {
        constexpr std::size_t kBytes = 64 * 1024 * 1024;
        if (options.on_small_disk == PostgresOptions::Part::kNothing) return;
        fs::create_directory(directory / "disk");
        disk = std::make_unique<SmallDisk>(directory / "disk", kBytes, user == nullptr ? ::getuid() : user->pw_uid,
                                           user == nullptr ? ::getgid() : user->pw_gid);
    }

    void start_janitor() {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail("pipe");
        janitor_pipe = ends[1];
        const std::string script =
            "trap '' INT TERM HUP; read -r _; pid=$(head -n 1 \"$1/postmaster.pid\" 2>/dev/null);"
            "[ -n \"$pid\" ] && kill -QUIT \"$pid\" 2>/dev/null && while kill -0 \"$pid\" 2>/dev/null; do sleep 0.05; "
            "done;"
            "umount -l \"$0/disk\" 2>/dev/null;"
            "rm -rf -- \"$0\"";
        janitor = spawn({"/bin/sh", "-c", script, directory.string(), data.string()}, nullptr, ends[0], -1);
        ::close(ends[0]);
    }

    int log_file() const {
        const int file = ::open((directory / "log").c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0644);
        if (file < 0) fail("the server's log");
        return file;
    }

    void copy_cluster() {
        const int log = log_file();
        const auto status = wait_for(spawn({binaries / "pg_basebackup", "-D", data, "-d", options.replica_of->url(),
                                            "--write-recovery-conf", "--checkpoint=fast", "--no-sync"},
                                           user, -1, log));
        ::close(log);
        if (status != 0) throw std::runtime_error("pg_basebackup failed:\n" + read_file(directory / "log"));
    }

    void make_cluster() {
        if (options.replica_of != nullptr) return copy_cluster();
        const int log = log_file();
        std::vector<std::string> command = {
            binaries / "initdb", "-D",       data, "-U", "quittance", "-A", "trust", "-E", "UTF8",
            "--locale=C.UTF-8",  "--no-sync"};
        if (options.on_small_disk == PostgresOptions::Part::kTables)
            command.push_back("--waldir=" + (directory / "log-of-writes").string());
        if (options.on_small_disk == PostgresOptions::Part::kLog) {
            command.push_back("--waldir=" + (directory / "disk/log-of-writes").string());
            command.emplace_back("--wal-segsize=1");
        }
        const auto status = wait_for(spawn(command, user, -1, log));
        ::close(log);
        if (status != 0) throw std::runtime_error("initdb failed:\n" + read_file(directory / "log"));
    }

    // True once it answers; false if it ended instead.
    bool launch(const PostgresServer& self) {
        const int log = log_file();
        std::vector<std::string> command = {binaries / "postgres", "-D", data,     "-p",
                                            std::to_string(port),  "-k", directory};
        for (const auto& setting : settings()) command.insert(command.end(), {"-c", setting});
        server = spawn(std::move(command), user, -1, log);
        ::close(log);
        for (const auto deadline = steady_clock::now() + kPatience; steady_clock::now() < deadline;) {
            if (has_ended(server)) {
                server = -1;
                return false;
            }
            try {
                const pqxx::connection probe(self.url());
                return true;
            } catch (const pqxx::broken_connection&) {
                std::this_thread::sleep_for(std::chrono::milliseconds(20));
            }
        }
        throw std::runtime_error("PostgreSQL did not come up:\n" + read_file(directory / "log"));
    }
};

PostgresServer::PostgresServer(const PostgresOptions& options) : state_(std::make_unique<State>(options)) {
    state_->make_directory();
    state_->start_janitor();
    state_->mount_disk();
    state_->make_cluster();
    state_->port = free_port();
    start();
}

const SmallDisk& PostgresServer::small_disk() const {
    return *state_->disk;
}

PostgresServer::~PostgresServer() {
    stop();
    state_->disk.reset();
    ::close(state_->janitor_pipe);
    wait_for(state_->janitor);
}

std::string PostgresServer::address() const {
    return "127.0.0.1:" + std::to_string(state_->port);
}

std::string PostgresServer::url(const std::string& database) const {
    return "postgresql://quittance@" + address() + "/" + database;
}

void PostgresServer::stop() {
    if (state_->server < 0) return;
    ::kill(state_->server, SIGQUIT);
    wait_for(state_->server);
    state_->server = -1;
}

void PostgresServer::kill() {
    if (state_->server < 0) return;
    ::kill(state_->server, SIGKILL);
    wait_for(state_->server);
    state_->server = -1;
}

void PostgresServer::start() {
    if (state_->server >= 0) return;
    if (!state_->launch(*this))
        throw std::runtime_error("PostgreSQL ended at its start:\n" + read_file(state_->directory / "log"));
}

}  // namespace quittance::test
