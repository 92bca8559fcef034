// Changes are the edges of a walk from owner to owner. The walk ends at the owner that is reached once more than left.
#include "invoice_store/customers/customer_event_order.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <string_view>
#include <tuple>

namespace quittance::invoice_store {
namespace {

using Changes = std::vector<const CustomerChange*>;
using Owner = std::tuple<std::string_view, std::string_view, std::string_view>;

Owner owner_of(const v1::StripeCustomer& customer) {
    return {customer.name(), customer.user_id(), customer.team_id()};
}

template <class Accept>
Changes chosen(const Changes& all, Accept accept) {
    Changes found;
    std::copy_if(all.begin(), all.end(), std::back_inserter(found),
                 [&](const auto* change) { return accept(*change); });
    return found;
}

// The owners where the walk may end; none where every arrival has a departure.
std::map<Owner, int> ends_of(const Changes& changes) {
    std::map<Owner, int> arrivals;
    for (const auto* change : changes) {
        if (!change->customer.has_previous()) continue;
        ++arrivals[owner_of(change->customer)];
        --arrivals[owner_of(change->customer.previous())];
    }
    std::erase_if(arrivals, [](const auto& entry) { return entry.second <= 0; });
    return arrivals;
}

// The changes that may be the newest.
Changes last_changes(const Changes& changes, const Changes& creations) {
    const auto ends = ends_of(changes);
    if (!ends.empty())
        return chosen(changes, [&](const auto& change) { return ends.contains(owner_of(change.customer)); });
    if (creations.empty()) return changes;
    // The walk returned to its start.
    const auto begin = owner_of(creations.front()->customer);
    const auto back = chosen(changes, [&](const auto& change) { return owner_of(change.customer) == begin; });
    return back.empty() ? changes : back;
}

}  // namespace

const CustomerChange& newest_of(const std::vector<CustomerChange>& given) {
    Changes all;
    for (const auto& change : given) all.push_back(&change);
    auto last = chosen(all, [](const auto& change) { return change.customer.deleted(); });
    if (last.empty()) {
        const auto creations = chosen(all, [](const auto& change) { return change.type == "customer.created"; });
        const auto changes = chosen(all, [](const auto& change) { return change.type != "customer.created"; });
        last = changes.empty() ? creations : last_changes(changes, creations);
    }
    return **std::max_element(last.begin(), last.end(),
                              [](const auto* left, const auto* right) { return left->event_id < right->event_id; });
}

bool same_owner(const v1::StripeCustomer& left, const v1::StripeCustomer& right) {
    return owner_of(left) == owner_of(right);
}

}  // namespace quittance::invoice_store
