#include "http/server/server_metrics.hpp"

namespace quittance::http {

ServerMetrics::ServerMetrics(runtime::Metrics& metrics, std::string server)
    : metrics_(metrics),
      connections_gauge_(metrics.gauge("quittance_http_connections", "Open connections.", {{"server", server}})),
      in_flight_gauge_(
          metrics.gauge("quittance_http_requests_in_flight", "Requests being answered.", {{"server", server}})),
      refused_(metrics.counter("quittance_http_connections_refused_total",
                               "Connections closed at once because the limit was reached.", {{"server", server}})),
      server_(std::move(server)) {}

void ServerMetrics::connection_opened() {
    if (closed_) return;
    ++connections_;
    connections_gauge_.Increment();
}

void ServerMetrics::connection_closed() {
    if (closed_) return;
    --connections_;
    connections_gauge_.Decrement();
}

void ServerMetrics::connection_refused() {
    if (!closed_) refused_.Increment();
}

void ServerMetrics::request_began() {
    if (closed_) return;
    ++in_flight_;
    in_flight_gauge_.Increment();
}

void ServerMetrics::request_ended() {
    if (closed_) return;
    --in_flight_;
    in_flight_gauge_.Decrement();
}

void ServerMetrics::close() {
    if (closed_) return;
    closed_ = true;
    connections_gauge_.Decrement(static_cast<double>(connections_));
    in_flight_gauge_.Decrement(static_cast<double>(in_flight_));
}

void ServerMetrics::record(const Route* route, int status, double seconds) {
    if (closed_) return;
    auto& counter = counters_[{route, status}];
    if (counter == nullptr) {
        // The client chooses the method of an unknown route. As a label it could make any number of series.
        counter = &metrics_.counter("quittance_http_requests_total", "Requests answered, by route and status.",
                                    {{"server", server_},
                                     {"route", route ? route->pattern : "none"},
                                     {"method", route ? route->method : "other"},
                                     {"status", std::to_string(status)}});
    }
    counter->Increment();
    auto& time = times_[route];
    if (time == nullptr) {
        time = &metrics_.seconds("quittance_http_request_seconds",
                                 "From a request's last header to its answer's last byte.",
                                 {{"server", server_},
                                  {"route", route ? route->pattern : "none"},
                                  {"method", route ? route->method : "other"}});
    }
    time->Observe(seconds);
}

}  // namespace quittance::http
