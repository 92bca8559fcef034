// Sorts the exceptions of libpqxx into kinds. The kind decides whether a caller retries, reports the failure or parks
// the event.
#pragma once

#include <grpcpp/support/status.h>

#include <exception>
#include <stdexcept>
#include <string>

namespace quittance::postgres {

enum class FailureKind {
    kConnectionLost,  // no connection, or it was lost: a statement that was sent may have been executed
    kUnavailable,     // the server refuses for the moment: time-out, disk full, read-only, out of memory
    kExhausted,       // no connection of the pool became free in time
    kRetryAtOnce,     // deadlock or serialisation failure: the transaction was rolled back
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
    std::string text;      // for the log only: it may quote rows
};

Failure classify(const std::exception_ptr& exception);

// True if the connection must not be used again: it is lost, or its server has become a replica. A new connection may
// find the primary.
bool connection_is_spent(const Failure& failure);

// UNAVAILABLE, RESOURCE_EXHAUSTED, ABORTED or INTERNAL, without the database's text.
grpc::Status status_of(const Failure& failure);

}  // namespace quittance::postgres
