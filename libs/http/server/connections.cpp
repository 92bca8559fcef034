#include "http/server/connections.hpp"

#include <iterator>

namespace quittance::http {
namespace {

std::list<Session*>& in_state(ConnectionLists& lists, ConnectionState state) {
    return lists[static_cast<std::size_t>(state)];
}

std::list<Session*>::iterator append(ConnectionLists& lists, Session& session) {
    auto& fresh = in_state(lists, ConnectionState::kFresh);
    fresh.push_back(&session);
    return std::prev(fresh.end());
}

// Moves the element without an allocation.
void move_to_end(ConnectionLists& lists, std::list<Session*>::iterator at, ConnectionState from, ConnectionState to) {
    auto& target = in_state(lists, to);
    target.splice(target.end(), in_state(lists, from), at);
}

}  // namespace

std::size_t size_of(const ConnectionLists& lists) {
    std::size_t size = 0;
    for (const auto& list : lists) size += list.size();
    return size;
}

void Connections::add(Session& session, Place& place, const AddressBytes* peer) {
    place.state = ConnectionState::kFresh;
    place.of_all = append(all_, session);
    place.has_peer = peer != nullptr;
    if (place.has_peer) {
        place.peer = peers_.try_emplace(*peer).first;
        place.of_peer = append(place.peer->second, session);
    }
    place.listed = true;
}

void Connections::move(Place& place, ConnectionState state) {
    if (!place.listed) return;
    move_to_end(all_, place.of_all, place.state, state);
    if (place.has_peer) move_to_end(place.peer->second, place.of_peer, place.state, state);
    place.state = state;
}

void Connections::remove(Place& place) {
    if (!place.listed) return;
    place.listed = false;
    in_state(all_, place.state).erase(place.of_all);
    if (!place.has_peer) return;
    in_state(place.peer->second, place.state).erase(place.of_peer);
    if (size_of(place.peer->second) == 0) peers_.erase(place.peer);
}

const ConnectionLists* Connections::of_peer(const AddressBytes& peer) const {
    const auto found = peers_.find(peer);
    return found == peers_.end() ? nullptr : &found->second;
}

}  // namespace quittance::http
