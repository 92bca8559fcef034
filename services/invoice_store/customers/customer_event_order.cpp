// Changes are the edges of a walk from owner to owner: it ends where one more arrives than leaves.
#include "invoice_store/customers/customer_event_order.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <string_view>
#include <tuple>

namespace quittance::invoice_store {
namespace {

using Words = std::vector<const CustomerChange*>;
using Owner = std::tuple<std::string_view, std::string_view, std::string_view>;

Owner owner_of(const v1::StripeCustomer& customer) {
    return {customer.name(), customer.user_id(), customer.team_id()};
}

template <class Accept>
Words chosen(const Words& words, Accept accept) {
    Words found;
    std::copy_if(words.begin(), words.end(), std::back_inserter(found),
                 [&](const auto* word) { return accept(*word); });
    return found;
}

// The owners where the walk may end: none where every arrival has a departure.
std::map<Owner, int> ends_of(const Words& changes) {
    std::map<Owner, int> arrivals;
    for (const auto* word : changes) {
        if (!word->customer.has_previous()) continue;
        ++arrivals[owner_of(word->customer)];
        --arrivals[owner_of(word->customer.previous())];
    }
    std::erase_if(arrivals, [](const auto& entry) { return entry.second <= 0; });
    return arrivals;
}

// The changes that may be the last.
Words last_changes(const Words& changes, const Words& creations) {
    const auto ends = ends_of(changes);
    if (!ends.empty()) return chosen(changes, [&](const auto& word) { return ends.contains(owner_of(word.customer)); });
    if (creations.empty()) return changes;
    // Back where it began.
    const auto begin = owner_of(creations.front()->customer);
    const auto back = chosen(changes, [&](const auto& word) { return owner_of(word.customer) == begin; });
    return back.empty() ? changes : back;
}

}  // namespace

const CustomerChange& newest_of(const std::vector<CustomerChange>& words) {
    Words all;
    for (const auto& word : words) all.push_back(&word);
    auto last = chosen(all, [](const auto& word) { return word.customer.deleted(); });
    if (last.empty()) {
        const auto creations = chosen(all, [](const auto& word) { return word.type == "customer.created"; });
        const auto changes = chosen(all, [](const auto& word) { return word.type != "customer.created"; });
        last = changes.empty() ? creations : last_changes(changes, creations);
    }
    return **std::max_element(last.begin(), last.end(),
                              [](const auto* left, const auto* right) { return left->event_id < right->event_id; });
}

bool same_owner(const v1::StripeCustomer& left, const v1::StripeCustomer& right) {
    return owner_of(left) == owner_of(right);
}

}  // namespace quittance::invoice_store
