#include "http/server/server_metrics.hpp"

namespace quittance::http {

ServerMetrics::ServerMetrics(runtime::Metrics& metrics, std::string server)
    : metrics_(metrics),
      connections_gauge_(metrics.gauge("quittance_http_connections", "Open connections.", {{"server", server}})),
      in_flight_gauge_(
          metrics.gauge("quittance_http_requests_in_flight", "Requests being answered.", {{"server", server}})),
      refused_(metrics.counter("quittance_http_connections_refused_total",
                               "Connections closed at once because no other could make room.", {{"server", server}})),
      server_(std::move(server)) {}

void ServerMetrics::connection_opened() {
    if (closed_) return;
    ++connections_;
    connections_gauge_.increment();
}

void ServerMetrics::connection_closed() {
    if (closed_) return;
    --connections_;
    connections_gauge_.decrement();
}

void ServerMetrics::connection_refused() {
    if (!closed_) refused_.increment();
}

void ServerMetrics::made_room(const char* what) {
    if (closed_) return;
    metrics_
        .counter("quittance_http_made_room_total",
                 "Connections closed, and requests and answers given up, to make room for others.",
                 {{"server", server_}, {"what", what}})
        .increment();
}

void ServerMetrics::request_began() {
    if (closed_) return;
    ++in_flight_;
    in_flight_gauge_.increment();
}

void ServerMetrics::request_ended() {
    if (closed_) return;
    --in_flight_;
    in_flight_gauge_.decrement();
}

void ServerMetrics::close() {
    if (closed_) return;
    closed_ = true;
    connections_gauge_.decrement(static_cast<double>(connections_));
    in_flight_gauge_.decrement(static_cast<double>(in_flight_));
}

void ServerMetrics::record(const Route* route, int status, double seconds) {
    if (closed_) return;
    auto time = times_.find(route);
    if (time == times_.end())
        time = times_
                   .emplace(route, metrics_.seconds("quittance_http_request_seconds",
                                                    "From a request's last header to its answer's last byte.",
                                                    labels_of(route)))
                   .first;
    time->second.observe(seconds);
    auto counter = counters_.find({route, status});
    if (counter == counters_.end()) {
        auto labels = labels_of(route);
        labels.emplace("status", std::to_string(status));
        counter =
            counters_
                .emplace(std::pair(route, status), metrics_.counter("quittance_http_requests_total",
                                                                    "Requests answered, by route and status.", labels))
                .first;
    }
    counter->second.increment();
}

// The client chooses the method of an unknown route. As a label it could make any number of series.
runtime::Metrics::Labels ServerMetrics::labels_of(const Route* route) const {
    return {
        {"server", server_}, {"route", route ? route->pattern : "none"}, {"method", route ? route->method : "other"}};
}

}  // namespace quittance::http
