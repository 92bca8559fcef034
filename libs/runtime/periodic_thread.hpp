// A background thread that repeats one piece of work: now and then, when it is woken, or both. The work chooses the
// pause that follows each run, so that it can slow down after a failure or end by itself.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace quittance::runtime {

// How long to wait before the next run.
struct Pause {
    std::chrono::milliseconds longest;
    std::chrono::milliseconds shortest{0};  // wake() does not end the pause before this
    bool last_run = false;                  // no run follows; the thread ends

    static Pause forever();  // until wake() or stop()
    static Pause end() { return {std::chrono::milliseconds(0), std::chrono::milliseconds(0), true}; }
};

class PeriodicThread {
  public:
    using Work = std::function<Pause()>;

    // `name` names the work in the log. `retry_after`: the pause after a run that threw. The exception is logged and
    // the loop goes on.
    PeriodicThread(std::string name, std::chrono::milliseconds retry_after);
    // Stops. An owner declares the thread last, or stops it in its destructor: the work may use the other members.
    ~PeriodicThread() { stop(); }
    PeriodicThread(const PeriodicThread&) = delete;
    PeriodicThread& operator=(const PeriodicThread&) = delete;

    // Begins with the pause `first`; without one the first run is immediate. May be called once. After stop() it does
    // nothing.
    void start(Work work, Pause first = {std::chrono::milliseconds(0)});

    // Ends the current pause, or skips the one that follows the current run. From any thread.
    void wake();

    // Ends a pause at once and waits for a run in progress, so the bound of the wait is that of the work: work has a
    // time limit on everything that it waits for. From any thread but the work's own; may be called again.
    void stop();

  private:
    void loop(const Work& work, Pause pause);
    Pause run(const Work& work) const;
    // False: stop() was called.
    bool wait(const Pause& pause);

    const std::string name_;
    const std::chrono::milliseconds retry_after_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool woken_ = false;
    bool stopping_ = false;
    std::mutex joining_;  // held by stop() alone, so that two may stop at the same time
    std::thread thread_;
};

}  // namespace quittance::runtime
