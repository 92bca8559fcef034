#include "runtime/secret_files.hpp"

#include <utility>

#include "runtime/log.hpp"

namespace quittance::runtime {
namespace {

std::optional<base::Secret> read(const std::string& setting, const std::string& path) {
    try {
        return read_secret_file(setting, path);
    } catch (const ConfigurationError&) {
        return std::nullopt;
    }
}

}  // namespace

SecretFiles::SecretFiles(Metrics& metrics, std::chrono::milliseconds interval)
    : metrics_(metrics), interval_(interval) {}

void SecretFiles::watch(const Configuration& configuration, std::string_view setting,
                        std::function<void(const base::Secret&)> take) {
    watch(std::string(setting), configuration.secret_file(setting), configuration.secret(setting), std::move(take));
}

void SecretFiles::watch(const std::string& setting, const std::string& path, const base::Secret& current,
                        std::function<void(const base::Secret&)> take) {
    if (path.empty()) return;
    const auto counter = [&](const char* result) {
        return metrics_.counter("quittance_secret_file_changes_total", "Changes of the files of secrets.",
                                {{"setting", setting}, {"result", result}});
    };
    FileWatch<base::Secret> watch;
    watch.name = setting;
    watch.interval = interval_;
    watch.read = [setting, path] { return read(setting, path); };
    watch.accept = [setting, take = std::move(take), taken = counter("taken")](const base::Secret& content) {
        take(content);
        log_info("a file of secrets changed", {{"setting", setting}});
        taken.increment();
    };
    watch.refuse = [setting, refused = counter("refused")](std::string_view why) {
        log_error("a file of secrets changed and is refused; the previous content stays in use",
                  {{"setting", setting}, {"why", why}});
        refused.increment();
    };
    files_.emplace_back(std::move(watch), current);
}

void SecretFiles::stop() {
    for (auto& file : files_) file.stop();
}

}  // namespace quittance::runtime
