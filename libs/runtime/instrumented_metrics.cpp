// The functions through which a metric's value is written, once more, for builds with a sanitiser alone. Debian's
// prometheus-cpp is not instrumented: a metric that is written after its registry went corrupts the heap, and
// AddressSanitizer sees nothing of it. A program's own definition comes before a shared library's, for the library's
// calls as well (a histogram is gauges and counters), so every write to a metric goes through here and is checked.
#include <prometheus/counter.h>
#include <prometheus/gauge.h>

namespace prometheus {

void Gauge::Change(double by) {
    auto value = value_.load();
    while (!value_.compare_exchange_weak(value, value + by)) {
    }
}

void Gauge::Set(double to) {
    value_.store(to);
}

void Gauge::Increment() {
    Change(1.0);
}

void Gauge::Increment(double by) {
    Change(by);
}

void Gauge::Decrement() {
    Change(-1.0);
}

void Gauge::Decrement(double by) {
    Change(-by);
}

void Counter::Increment() {
    gauge_.Increment();
}

void Counter::Increment(double by) {
    if (by < 0.0) return;  // as the library's does
    gauge_.Increment(by);
}

}  // namespace prometheus
