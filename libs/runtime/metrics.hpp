// Prometheus metrics of a process: a thin layer over prometheus-cpp, so that each part names its metrics once.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
class Registry;
}  // namespace prometheus

namespace quittance::runtime {

// The handles of metrics. Each keeps its registry alive, so one may be written after Metrics has gone, as the end of a
// call that outlives a server does. Copies are handles of the same metric. All functions are thread-safe.
class Counter {
  public:
    void increment(double by = 1) const;  // at least 0
    double value() const;

  private:
    friend class Metrics;
    explicit Counter(std::shared_ptr<prometheus::Counter> metric);
    std::shared_ptr<prometheus::Counter> metric_;
};

class Gauge {
  public:
    void set(double value) const;
    void increment(double by = 1) const;
    void decrement(double by = 1) const;

  private:
    friend class Metrics;
    explicit Gauge(std::shared_ptr<prometheus::Gauge> metric);
    std::shared_ptr<prometheus::Gauge> metric_;
};

class Histogram {
  public:
    void observe(double value) const;

  private:
    friend class Metrics;
    explicit Histogram(std::shared_ptr<prometheus::Histogram> metric);
    std::shared_ptr<prometheus::Histogram> metric_;
};

class Metrics {
  public:
    using Labels = std::map<std::string, std::string>;

    Metrics();

    // Each returns a handle of the same metric for the same name and labels; keep it, the look-up takes a lock.
    // Thread-safe. Names end in their unit: _total, _seconds, _bytes.
    Counter counter(const std::string& name, const std::string& help, const Labels& labels = {});
    Gauge gauge(const std::string& name, const std::string& help, const Labels& labels = {});
    // Buckets from 0.5 ms to 30 s.
    Histogram seconds(const std::string& name, const std::string& help, const Labels& labels = {});

    // Called before each scrape, on the scraping thread, one scrape at a time: for gauges that are read rather than
    // counted. May be added while others scrape; a collector adds none itself.
    void before_scrape(std::function<void()> collect);

    // The text exposition format, version 0.0.4.
    std::string text();

  private:
    std::shared_ptr<prometheus::Registry> registry_;
    std::mutex collectors_mutex_;
    std::vector<std::function<void()>> collectors_;
};

}  // namespace quittance::runtime
