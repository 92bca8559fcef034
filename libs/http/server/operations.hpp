// The operations port of a service: /healthz, /readyz and /metrics, on a loop and thread of its own, so that they
// answer while the service itself is busy.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/metrics.hpp"

namespace quittance::http {

struct ReadinessCheck {
    std::string name;  // "database"
    bool ready = false;
    std::string detail;  // for operators; no secrets, no host names
};

class OperationsServer {
  public:
    // Says what is wrong with the process itself, such as a port of its own that nobody answers at; "": nothing.
    using Alive = std::function<std::string()>;

    // `ready` is called on the operations thread for each /readyz: 200 if all checks are ready, else 503, with the list
    // as JSON. `alive` is called there for /healthz, once a second at most: 200, or 503 with its answer. `ready` may
    // block for a second, `alive` for two. Without `alive` the process is alive whenever it answers.
    OperationsServer(const std::string& listen, runtime::Metrics& metrics,
                     std::function<std::vector<ReadinessCheck>()> ready, Alive alive = nullptr);
    ~OperationsServer();

    std::uint16_t port() const;
    // From now on /readyz answers 503 "draining", whatever the checks say.
    void set_draining();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace quittance::http
