// What a server counts: requests by route and status, their time, connections, requests in flight.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "http/router.hpp"
#include "runtime/metrics.hpp"

namespace quittance::http {

class ServerMetrics {
  public:
    ServerMetrics(runtime::Metrics& metrics, std::string server);

    // `route` may be null: nobody's path. Keeps the look-ups, so that a request costs two map finds and no lock.
    void record(const Route* route, int status, double seconds);

    prometheus::Gauge& connections;
    prometheus::Gauge& in_flight;
    prometheus::Counter& refused_connections;

  private:
    runtime::Metrics& metrics_;
    std::string server_;
    std::map<std::pair<const Route*, int>, prometheus::Counter*> counters_;
    std::map<const Route*, prometheus::Histogram*> times_;
};

}  // namespace quittance::http
