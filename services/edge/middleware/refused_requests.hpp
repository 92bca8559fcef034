// What is done about a refused request: it is counted, logged within a limit, and answered. A peer whose requests are
// often answered with 401 has to wait (http/server/refusals.hpp).
#pragma once

#include <string>
#include <string_view>

#include "edge/auth/refused.hpp"
#include "http/server/refusals.hpp"

namespace quittance::edge {

// Where a request was refused, for the log and the metrics.
struct RefusedAt {
    std::string_view surface;  // "admin"
    std::string route;         // "GET /admin/api/invoices/{id}"
};

// Makes the counter of every reason that a surface can have.
void declare_refusals(http::Refusals& refusals);

// The answer: that of the refusal, or 429 if too many requests of the peer were answered with 401.
http::Response note_refused(http::Refusals& refusals, const RefusedAt& at, const http::Request& request,
                            Refused refused);

}  // namespace quittance::edge
