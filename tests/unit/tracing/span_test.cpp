// A span that nobody records: it passes its context on, and costs no memory.
#include "tracing/span.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <memory>
#include <new>

using quittance::tracing::Kind;
using quittance::tracing::Span;

namespace {

thread_local std::size_t allocations = 0;

}  // namespace

// The allocations of this program are counted.
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
    ++allocations;
    return std::malloc(bytes);  // NOLINT(cppcoreguidelines-no-malloc)
}
void* operator new(std::size_t bytes) {
    if (void* memory = operator new(bytes, std::nothrow)) return memory;
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
    std::free(memory);  // NOLINT(cppcoreguidelines-no-malloc)
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);  // NOLINT(cppcoreguidelines-no-malloc)
}

TEST_CASE("without an exporter a span passes the context of its parent on as it is") {
    const auto parent =
        *quittance::base::read_trace_context("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "a=b");
    const Span span("work", Kind::kServer, parent);
    CHECK_FALSE(span.recording());
    CHECK(span.context().trace_id == parent.trace_id);
    CHECK(span.context().span_id == parent.span_id);
    CHECK(span.context().sampled);
    CHECK(span.context().state == "a=b");
}

TEST_CASE("without an exporter a span without a parent begins a trace that nobody samples") {
    const Span span("work", Kind::kServer, {});
    CHECK_FALSE(span.context().empty());
    CHECK_FALSE(span.context().sampled);
    CHECK(Span().context().empty());
}

TEST_CASE("a span that is not recorded allocates nothing") {
    const Span first("work", Kind::kServer, {});  // the thread's random numbers
    const auto before = allocations;
    for (int i = 0; i < 100; ++i) {
        Span span("InvoiceStore.GetInvoice", Kind::kServer, {});
        Span child("SELECT invoices", Kind::kClient, span.context());
        child.set({"db.system.name", "postgresql"});
        child.set({"db.response.returned_rows", 12});
        child.add_event("retried", {{"attempt", 2}, {"reason", "deadlock"}});
        child.link_to(first.context());
        child.fail("40P01");
        span = std::move(child);
        span.end();
    }
    CHECK(allocations == before);
    // The counter does count.
    const auto one = std::make_unique<int>(1);
    CHECK(allocations > before);
}
