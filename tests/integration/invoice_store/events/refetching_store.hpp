// What the tests of the queue of refetches share.
#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "base/timestamps.hpp"
#include "integration/invoice_store/store_database.hpp"
#include "integration/invoice_store/store_server.hpp"
#include "unit/invoice_store/generated_events.hpp"

namespace quittance::test {

// A store with its queue of refetches, and what its callers do.
struct RefetchingStore {
    StoreDatabase database;
    StoreServer server{database.url()};
    StoreClient client{server.stub()};

    std::vector<v1::EventOutcome> apply(const std::vector<v1::InvoiceEvent>& events) {
        v1::ApplyInvoiceEventsRequest request;
        for (const auto& event : events) *request.add_events() = event;
        v1::ApplyInvoiceEventsResponse response;
        const auto status = client.call(&v1::InvoiceStore::Stub::ApplyInvoiceEvents, request, response);
        REQUIRE(status.ok());
        return {response.outcomes().begin(), response.outcomes().end()};
    }
    v1::EventOutcome apply(const v1::InvoiceEvent& event) {
        return apply(std::vector<v1::InvoiceEvent>{event}).front();
    }

    v1::ListRefetchesResponse queue(const v1::ListRefetchesRequest& request = {}) {
        v1::ListRefetchesResponse response;
        REQUIRE(client.call(&v1::InvoiceStore::Stub::ListRefetches, request, response).ok());
        return response;
    }
};

inline v1::InvoiceEvent with_total(v1::InvoiceEvent event, std::int64_t total_minor) {
    event.mutable_invoice()->set_total_minor(total_minor);
    return event;
}

inline v1::InvoiceEvent answer(const std::string& name, const std::string& status, int second,
                               int nanos = 400'000'000) {
    auto event = make_event("refetch_" + name, status, second);
    event.set_type("quittance.refetched");
    event.set_source(v1::InvoiceEvent::SOURCE_REFETCH);
    event.mutable_event_time()->set_nanos(nanos);
    return event;
}

inline v1::RequestRefetchesRequest requested(const std::string& invoice) {
    v1::RequestRefetchesRequest request;
    auto& refetch = *request.add_refetches();
    refetch.set_account("default");
    refetch.set_stripe_invoice_id(invoice);
    return request;
}

// An answer of so many seconds from now.
inline v1::InvoiceEvent answer_from_now(const std::string& name, int seconds) {
    auto event = answer(name, "paid", 0);
    event.mutable_event_time()->set_seconds(base::unix_now() + seconds);
    return event;
}

}  // namespace quittance::test
