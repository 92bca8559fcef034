// Files that may be replaced while a process runs, such as a Secret that Kubernetes mounts. A new content counts once
// two reads in a row have found it, so a content that is half written is never used. One that is refused changes
// nothing: the content before stays in use.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/periodic_thread.hpp"

namespace quittance::runtime {

// The functions run on the watching thread. `Content` has an operator==.
template <class Content>
struct FileWatch {
    std::string name;  // for the log
    std::chrono::milliseconds interval{2'000};
    std::function<std::optional<Content>()> read;         // nothing where a file cannot be read
    std::function<void(const Content&)> accept;           // parses it and puts it to use; a runtime_error refuses it
    std::function<void(std::string_view reason)> refuse;  // logs and counts; must not log the content, a secret
};

template <class Content>
class WatchedFile {
  public:
    // `current`: the content that is in use already.
    WatchedFile(FileWatch<Content> watch, Content current)
        : watch_(std::move(watch)), judged_(std::move(current)), thread_(watch_.name, watch_.interval) {
        thread_.start([this] { return read_once(); }, {watch_.interval});
    }

    // Ends the thread after a read in progress. None of the functions is called afterwards.
    void stop() { thread_.stop(); }

  private:
    Pause read_once() {
        auto found = watch_.read();
        if (found == judged_) {
            candidate_.reset();
        } else if (candidate_ && *candidate_ == found) {
            judged_ = std::move(found);
            candidate_.reset();
            judge();
        } else {
            candidate_ = std::move(found);
        }
        return {watch_.interval};
    }

    void judge() {
        if (!judged_) return watch_.refuse("it cannot be read");
        std::string reason;
        try {
            return watch_.accept(*judged_);
        } catch (const std::runtime_error& error) {
            reason = error.what();
        }
        watch_.refuse(reason);
    }

    const FileWatch<Content> watch_;
    std::optional<Content> judged_;                    // the last content that was accepted or refused
    std::optional<std::optional<Content>> candidate_;  // a new content that one read has found
    PeriodicThread thread_;
};

}  // namespace quittance::runtime
