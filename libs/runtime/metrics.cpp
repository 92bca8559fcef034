#include "runtime/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <utility>

namespace quittance::runtime {
namespace {

// The registry's Build and Add give the same family and the same metric for the same names and labels. The pointer
// owns the registry, and with it the metric.
template <typename Metric, typename Builder, typename... Buckets>
std::shared_ptr<Metric> metric_of(const std::shared_ptr<prometheus::Registry>& registry, Builder builder,
                                  const std::string& name, const std::string& help, const Metrics::Labels& labels,
                                  const Buckets&... buckets) {
    Metric& metric = builder.Name(name).Help(help).Register(*registry).Add(labels, buckets...);
    return {registry, &metric};
}

}  // namespace

Counter::Counter(std::shared_ptr<prometheus::Counter> metric) : metric_(std::move(metric)) {}

void Counter::increment(double by) const {
    metric_->Increment(by);
}

double Counter::value() const {
    return metric_->Value();
}

Gauge::Gauge(std::shared_ptr<prometheus::Gauge> metric) : metric_(std::move(metric)) {}

void Gauge::set(double value) const {
    metric_->Set(value);
}

void Gauge::increment(double by) const {
    metric_->Increment(by);
}

void Gauge::decrement(double by) const {
    metric_->Decrement(by);
}

Histogram::Histogram(std::shared_ptr<prometheus::Histogram> metric) : metric_(std::move(metric)) {}

void Histogram::observe(double value) const {
    metric_->Observe(value);
}

Metrics::Metrics() : registry_(std::make_shared<prometheus::Registry>()) {}

Counter Metrics::counter(const std::string& name, const std::string& help, const Labels& labels) {
    return Counter(metric_of<prometheus::Counter>(registry_, prometheus::BuildCounter(), name, help, labels));
}

Gauge Metrics::gauge(const std::string& name, const std::string& help, const Labels& labels) {
    return Gauge(metric_of<prometheus::Gauge>(registry_, prometheus::BuildGauge(), name, help, labels));
}

Histogram Metrics::seconds(const std::string& name, const std::string& help, const Labels& labels) {
    static const prometheus::Histogram::BucketBoundaries kSeconds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                                                  0.25,   0.5,   1,      2.5,   5,    10,    30};
    return Histogram(
        metric_of<prometheus::Histogram>(registry_, prometheus::BuildHistogram(), name, help, labels, kSeconds));
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
