#include "quittancectl/read_events.hpp"

#include <algorithm>

namespace quittance::quittancectl {

reconcile::Answer<std::vector<v1::InboxEvent>> read_events(clients::Services& services, v1::ListEventsRequest request,
                                                           std::size_t limit) {
    constexpr std::size_t kPageSize = 100;
    std::vector<v1::InboxEvent> events;
    while (events.size() < limit) {
        request.set_page_size(static_cast<int>(std::min(kPageSize, limit - events.size())));
        const auto page = co_await services.store.list_events(request);
        if (page.has_error()) co_return page.error();
        events.insert(events.end(), page->events().begin(), page->events().end());
        if (page->next_page_token().empty()) break;
        request.set_page_token(page->next_page_token());
    }
    co_return events;
}

}  // namespace quittance::quittancectl
