#include "runtime/metrics.hpp"

#include <prometheus/text_serializer.h>

namespace quittance::runtime {

Metrics::Metrics() : registry_(std::make_shared<prometheus::Registry>()) {}

// The registry's Build and Add give the same family and the same metric for the same names and labels.
prometheus::Counter& Metrics::counter(const std::string& name, const std::string& help, const Labels& labels) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(*registry_).Add(labels);
}

prometheus::Gauge& Metrics::gauge(const std::string& name, const std::string& help, const Labels& labels) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(*registry_).Add(labels);
}

prometheus::Histogram& Metrics::seconds(const std::string& name, const std::string& help, const Labels& labels) {
    static const prometheus::Histogram::BucketBoundaries kSeconds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                                                  0.25,   0.5,   1,      2.5,   5,    10,    30};
    return prometheus::BuildHistogram().Name(name).Help(help).Register(*registry_).Add(labels, kSeconds);
}

void Metrics::before_scrape(std::function<void()> collect) {
    const std::lock_guard lock(collectors_mutex_);
    collectors_.push_back(std::move(collect));
}

std::string Metrics::text() {
    {
        const std::lock_guard lock(collectors_mutex_);
        for (const auto& collect : collectors_) collect();
    }
    return prometheus::TextSerializer().Serialize(registry_->Collect());
}

}  // namespace quittance::runtime
