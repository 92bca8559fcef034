// Files of secrets that are read again while a process runs. A new content counts once two reads have found it
// (watched_file.hpp). Content that is refused changes nothing, and the log and a metric tell of it.
#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <string>

#include "base/secret.hpp"
#include "runtime/configuration.hpp"
#include "runtime/metrics.hpp"
#include "runtime/watched_file.hpp"

namespace quittance::runtime {

class SecretFiles {
  public:
    // `interval`: the time between two reads of a file. `metrics` must outlive this.
    explicit SecretFiles(Metrics& metrics, std::chrono::milliseconds interval = std::chrono::seconds(2));
    ~SecretFiles() { stop(); }
    SecretFiles(const SecretFiles&) = delete;
    SecretFiles& operator=(const SecretFiles&) = delete;

    // Watches the file that NAME_FILE named, if the setting came from one. `take` gets each new content on a thread of
    // the watcher's own. It puts the content to use, or throws std::runtime_error, whose text must not quote it.
    void watch(const Configuration& configuration, std::string_view setting,
               std::function<void(const base::Secret&)> take);
    // The same for a path; an empty path watches nothing. `current`: the content that is in use.
    void watch(const std::string& setting, const std::string& path, const base::Secret& current,
               std::function<void(const base::Secret&)> take);

    // Ends the watch. No function is called afterwards.
    void stop();

  private:
    Metrics& metrics_;
    std::chrono::milliseconds interval_;
    std::list<WatchedFile<base::Secret>> files_;
};

}  // namespace quittance::runtime
