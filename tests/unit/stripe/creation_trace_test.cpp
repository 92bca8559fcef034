// The trace of a creation follows from its key.
#include "stripe/creation_trace.hpp"

#include <catch2/catch.hpp>

using quittance::base::trace_id_of;
using quittance::stripe::creation_trace;

TEST_CASE("the same creation has the same trace, and another one has another") {
    const auto trace = creation_trace("default", "order-1");
    CHECK_FALSE(trace.empty());
    CHECK_FALSE(trace.sampled);
    // Stored data refers to it: it never changes.
    CHECK(trace_id_of(trace) == "bda8c7c220608d62490fa2ee4965c102");
    CHECK(trace_id_of(creation_trace("default", "order-1")) == trace_id_of(trace));
    CHECK(trace_id_of(creation_trace("default", "order-2")) != trace_id_of(trace));
    CHECK(trace_id_of(creation_trace("a:b", "c")) != trace_id_of(creation_trace("a", "b:c")));
}

TEST_CASE("an invoice without a creation key has no such trace") {
    CHECK(creation_trace("default", "").empty());
}
