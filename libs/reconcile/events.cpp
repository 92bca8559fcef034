#include "reconcile/events.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/timestamps.hpp"

namespace quittance::reconcile {
namespace {

constexpr int kPageSize = 100;
constexpr int kMostPages = 100'000;
constexpr std::int64_t kFirstSliceSeconds = 3'600;
constexpr std::int64_t kLongestSliceSeconds = 7 * 86'400;
constexpr std::int64_t kShortestSliceSeconds = 60;
// After a slice with more events than this the next one is shorter. Then little is read twice when a run breaks off.
constexpr std::int64_t kManyEvents = 2'000;
constexpr std::int64_t kFewEvents = 500;

void keep_examples(EventsReport& report, const std::vector<std::string>& ids) {
    for (const auto& id : ids)
        if (report.examples.size() < kExamples) report.examples.push_back(id);
}

using Events = google::protobuf::RepeatedPtrField<v1::InvoiceEvent>;

// The ids of those that the store does not have. Delivers nothing.
Answer<std::vector<std::string>> missing_of(clients::InvoiceStoreClient& store, const Events& page) {
    std::vector<std::string> missing;
    for (const auto& event : page) {
        v1::GetEventRequest request;
        request.mutable_name()->set_event_id(event.event_id());
        request.mutable_name()->set_account(event.account());
        request.mutable_name()->set_livemode(event.livemode());
        const auto known = co_await store.get_event(request);
        if (!known.has_error()) continue;
        if (known.error().error_code() != grpc::StatusCode::NOT_FOUND) co_return known.error();
        missing.push_back(event.event_id());
    }
    co_return missing;
}

Answer<bool> take_page(clients::InvoiceStoreClient& store, const Events& page, bool dry_run, EventsReport& report) {
    report.listed += page.size();
    if (dry_run) {
        const auto missing = co_await missing_of(store, page);
        if (missing.has_error()) co_return missing.error();
        report.missing += static_cast<std::int64_t>(missing->size());
        keep_examples(report, *missing);
        co_return true;
    }
    std::vector<v1::InvoiceEvent> events(page.begin(), page.end());
    const auto delivered = co_await deliver(store, std::move(events));
    if (delivered.has_error()) co_return delivered.error();
    report.missing += delivered->found();
    keep_examples(report, delivered->examples);
    report.delivered.add(*delivered);
    co_return true;
}

void add(EventsReport& whole, const EventsReport& part) {
    whole.listed += part.listed;
    whole.missing += part.missing;
    whole.delivered.add(part.delivered);
    keep_examples(whole, part.examples);
}

std::int64_t cursor_time(const v1::Cursor& cursor) {
    std::int64_t seconds = 0;
    const auto* end = cursor.value().data() + cursor.value().size();
    const auto read = std::from_chars(cursor.value().data(), end, seconds);
    return read.ec == std::errc() && read.ptr == end ? seconds : 0;
}

std::int64_t next_length(std::int64_t length, std::int64_t listed) {
    if (listed > kManyEvents) return std::max(length / 2, kShortestSliceSeconds);
    if (listed < kFewEvents) return std::min(length * 2, kLongestSliceSeconds);
    return length;
}

}  // namespace

Answer<EventsReport> reconcile_events(clients::Services& services, const EventsRange& range) {
    EventsReport report;
    report.from = range.from;
    report.to = range.to;
    v1::ListStripeEventsRequest request;
    request.set_account(range.account);
    request.mutable_created_from()->set_seconds(range.from);
    request.mutable_created_to()->set_seconds(range.to);
    request.set_page_size(kPageSize);
    for (int n = 0; n < kMostPages && range.from < range.to; ++n) {
        const auto page = co_await services.gateway.list_events(request);
        if (page.has_error()) co_return page.error();
        const auto taken = co_await take_page(services.store, page->events(), range.dry_run, report);
        if (taken.has_error()) co_return taken.error();
        if (!page->has_more() || page->last_event_id().empty()) co_return report;
        request.set_starting_after(page->last_event_id());
    }
    if (range.from >= range.to) co_return report;
    co_return rpc::make_status(grpc::StatusCode::RESOURCE_EXHAUSTED, "the range holds too many events",
                               "range_too_large");
}

Answer<EventsReport> follow_events(clients::Services& services, const FollowOptions& options) {
    const std::string name = "events/" + options.account;
    const auto cursor = co_await get_cursor(services.store, name);
    if (cursor.has_error()) co_return cursor.error();
    const auto now = base::unix_now();
    const auto oldest = now - options.horizon.count();
    EventsReport whole;
    whole.from = std::max(cursor_time(*cursor) - options.overlap.count(), oldest);
    whole.to = now - options.min_age.count();
    if (const auto last = cursor_time(*cursor); last > 0 && last < oldest) whole.unseen_since = last;
    std::string at = cursor->value();
    auto length = kFirstSliceSeconds;
    for (auto from = whole.from; from < whole.to;) {
        EventsRange slice;
        slice.account = options.account;
        slice.from = from;
        slice.to = std::min(from + length, whole.to);
        const auto report = co_await reconcile_events(services, slice);
        if (report.has_error()) co_return report.error();
        add(whole, *report);
        const auto value = std::to_string(slice.to);
        const auto moved = co_await move_cursor(services.store, name, at, value);
        // Another replica reads the same events and has moved the cursor: it continues.
        if (moved.has_error() && moved.error().error_code() == grpc::StatusCode::ABORTED) break;
        if (moved.has_error()) co_return moved.error();
        at = value;
        from = slice.to;
        length = next_length(length, report->listed);
    }
    co_return whole;
}

}  // namespace quittance::reconcile
