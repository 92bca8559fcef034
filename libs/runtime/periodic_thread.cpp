#include "runtime/periodic_thread.hpp"

#include <exception>
#include <utility>

#include "runtime/log.hpp"

namespace quittance::runtime {

Pause Pause::forever() {
    // A run a day does no harm. The longest duration would overflow the clock of a condition variable.
    return {std::chrono::hours(24)};
}

PeriodicThread::PeriodicThread(std::string name, std::chrono::milliseconds retry_after)
    : name_(std::move(name)), retry_after_(retry_after) {}

void PeriodicThread::start(Work work, Pause first) {
    const std::lock_guard joining(joining_);
    {
        const std::lock_guard lock(mutex_);
        if (stopping_) return;
    }
    thread_ = std::thread([this, work = std::move(work), first] { loop(work, first); });
}

void PeriodicThread::wake() {
    {
        const std::lock_guard lock(mutex_);
        woken_ = true;
    }
    changed_.notify_all();
}

void PeriodicThread::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    const std::lock_guard joining(joining_);
    if (thread_.joinable()) thread_.join();
}

void PeriodicThread::loop(const Work& work, Pause pause) {
    while (!pause.last_run && wait(pause)) pause = run(work);
}

Pause PeriodicThread::run(const Work& work) const {
    const char* why = "unknown exception";
    std::string text;
    try {
        return work();
    } catch (const std::exception& failure) {
        text = failure.what();
        why = text.c_str();
    } catch (...) {
    }
    log_error("background work failed and will be retried", {{"work", name_}, {"error", why}});
    return {retry_after_, retry_after_};
}

bool PeriodicThread::wait(const Pause& pause) {
    std::unique_lock lock(mutex_);
    const auto begin = std::chrono::steady_clock::now();
    changed_.wait_until(lock, begin + pause.shortest, [this] { return stopping_; });
    changed_.wait_until(lock, begin + pause.longest, [this] { return stopping_ || woken_; });
    woken_ = false;
    return !stopping_;
}

}  // namespace quittance::runtime
