// What kind of failure an exception of libpqxx is: decides whether a caller retries, reports or parks.
#pragma once

#include <grpcpp/support/status.h>

#include <exception>
#include <stdexcept>
#include <string>

namespace quittance::postgres {

enum class FailureKind {
    kConnectionLost,  // no connection, or it went away: what was sent may have happened
    kUnavailable,     // the server refuses for now: timed out, disk full, read-only, out of memory
    kExhausted,       // no connection of the pool became free in time
    kRetryAtOnce,     // deadlock or serialisation failure: the transaction was undone
    kBadData,         // a value or constraint was violated: the same statement fails again
    kBug,             // everything else
};

// No connection of a pool became free in time.
struct PoolExhausted : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct Failure {
    FailureKind kind;
    std::string sqlstate;  // five characters, or empty
    std::string text;      // for the log alone: it may quote rows
};

Failure classify(const std::exception_ptr& exception);

// True if the connection is not to be used again: it is lost, or it leads to a server that has become a replica, while
// a new one may find the primary.
bool connection_is_spent(const Failure& failure);

// UNAVAILABLE, RESOURCE_EXHAUSTED, ABORTED or INTERNAL, without the database's text.
grpc::Status status_of(const Failure& failure);

}  // namespace quittance::postgres
