// A server's metrics: requests by route and status, their time, connections, requests in flight.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "http/server/router.hpp"
#include "runtime/metrics.hpp"

namespace quittance::http {

class ServerMetrics {
  public:
    ServerMetrics(runtime::Metrics& metrics, std::string server);

    void connection_opened();
    void connection_closed();
    void connection_refused();
    // `what` made room for others: "connection", "request", "answer".
    void made_room(const char* what);
    void request_began();
    void request_ended();
    // `route` is null for an unknown path. Caches the metrics, so that a request costs two map look-ups and no lock.
    void record(const Route* route, int status, double seconds);

    // Call it before the metrics are destroyed. Takes open connections out of the gauges, and counts nothing more.
    void close();

  private:
    runtime::Metrics::Labels labels_of(const Route* route) const;

    runtime::Metrics& metrics_;
    runtime::Gauge connections_gauge_;
    runtime::Gauge in_flight_gauge_;
    runtime::Counter refused_;
    std::size_t connections_ = 0;
    std::size_t in_flight_ = 0;
    bool closed_ = false;
    std::string server_;
    std::map<std::pair<const Route*, int>, runtime::Counter> counters_;
    std::map<const Route*, runtime::Histogram> times_;
};

}  // namespace quittance::http
