// Prometheus metrics of a process: a thin layer over prometheus-cpp, so that each part names its metrics once.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace quittance::runtime {

class Metrics {
  public:
    using Labels = std::map<std::string, std::string>;

    Metrics();

    // Each returns the same object for the same name and labels; keep the reference, the look-up takes a lock.
    // Thread-safe. Names end in their unit: _total, _seconds, _bytes.
    prometheus::Counter& counter(const std::string& name, const std::string& help, const Labels& labels = {});
    prometheus::Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels = {});
    // Buckets from 0.5 ms to 30 s.
    prometheus::Histogram& seconds(const std::string& name, const std::string& help, const Labels& labels = {});

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
