// What W3C's Trace Context calls valid, and what we make of the rest.
#include "base/trace_context.hpp"

#include <catch2/catch.hpp>
#include <set>
#include <string>

using namespace quittance::base;  // NOLINT(google-build-using-namespace)

namespace {

const std::string kTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string kSpan = "00f067aa0ba902b7";
const std::string kParent = "00-" + kTrace + "-" + kSpan + "-01";

}  // namespace

TEST_CASE("a valid traceparent is read and written as it was") {
    for (const std::string flags : {"00", "01"}) {
        const auto parent = "00-" + kTrace + "-" + kSpan + "-" + flags;
        const auto context = read_trace_context(parent, "");
        REQUIRE(context);
        CHECK(context->sampled == (flags == "01"));
        CHECK(trace_id_of(*context) == kTrace);
        CHECK(traceparent_of(*context) == parent);
    }
}

TEST_CASE("flags that this version does not know are not passed on") {
    const auto context = read_trace_context("00-" + kTrace + "-" + kSpan + "-ff", "");
    REQUIRE(context);
    CHECK(traceparent_of(*context) == kParent);
}

TEST_CASE("a later version is read as far as version 00 goes") {
    for (const std::string& text :
         {"01-" + kTrace + "-" + kSpan + "-01", "cc-" + kTrace + "-" + kSpan + "-01-what-is-new"}) {
        const auto context = read_trace_context(text, "");
        REQUIRE(context);
        CHECK(traceparent_of(*context) == kParent);
    }
}

TEST_CASE("what the standard calls invalid belongs to no trace") {
    for (const std::string& text : {
             std::string(),
             std::string("00"),
             kParent.substr(0, 54),
             kParent + "-01",
             kParent + " ",
             "ff-" + kTrace + "-" + kSpan + "-01",
             "0g-" + kTrace + "-" + kSpan + "-01",
             "cc-" + kTrace + "-" + kSpan + "-01.and-more",
             "00-" + std::string(32, '0') + "-" + kSpan + "-01",
             "00-" + kTrace + "-" + std::string(16, '0') + "-01",
             "00-4BF92F3577B34DA6A3CE929D0E0E4736-" + kSpan + "-01",
             "00-" + kTrace + "-" + kSpan + "-0x",
             "00_" + kTrace + "-" + kSpan + "-01",
             "00-" + kTrace + "_" + kSpan + "-01",
             "00-" + kTrace + "-" + kSpan + "_01",
             std::string(100'000, '0'),
         }) {
        INFO(text);
        CHECK_FALSE(read_trace_context(text, "a=b"));
    }
}

TEST_CASE("a tracestate is kept as it came, and left out where it is no text or too long") {
    const auto state_of = [](const std::string& state) { return read_trace_context(kParent, state)->state; };
    CHECK(state_of("congo=t61rcWkgMzE,rojo=00f067aa0ba902b7") == "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7");
    CHECK(state_of(std::string(512, 'x')).size() == 512);
    CHECK(state_of(std::string(513, 'x')).empty());
    CHECK(state_of("a=b\r\nX-Forged: 1").empty());
    CHECK(state_of("a=\xc3\xa4").empty());
}

TEST_CASE("new traces have ids of their own, and children stay in the trace of their parent") {
    std::set<std::string> seen;
    for (int i = 0; i < 1'000; ++i) {
        const auto context = new_trace();
        CHECK_FALSE(context.empty());
        CHECK_FALSE(context.sampled);
        CHECK(seen.insert(trace_id_of(context)).second);
        REQUIRE(read_trace_context(traceparent_of(context), ""));
    }
    auto parent = *read_trace_context(kParent, "a=b");
    const auto child = child_of(parent);
    CHECK(child.trace_id == parent.trace_id);
    CHECK(child.span_id != parent.span_id);
    CHECK(child.sampled);
    CHECK(child.state == "a=b");
}

TEST_CASE("an empty context is written as nothing") {
    CHECK(TraceContext().empty());
    CHECK(traceparent_of({}).empty());
    CHECK(trace_id_of({}).empty());
}
