// The open connections of a server, of each peer and of all, in the order in which they make room for new ones. For
// libs/http only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>

#include "http/address_ranges.hpp"

namespace quittance::http {

class Session;

enum class ConnectionState : std::uint8_t {
    kFresh,  // no byte has come
    kIdle,   // between two requests
    kBusy,   // from the first byte of a request to the last of its answer
};

// The connections of a peer, or of all: a list for each state, the oldest in that state first.
using ConnectionLists = std::array<std::list<Session*>, 3>;

class Connections {
  public:
    // Where a connection stands in the lists. Its session keeps it.
    struct Place {
        ConnectionState state = ConnectionState::kFresh;
        bool listed = false;
        std::list<Session*>::iterator of_all;
        // Unset for a trusted proxy, whose connections are those of many.
        std::map<AddressBytes, ConnectionLists>::iterator peer;
        bool has_peer = false;
        std::list<Session*>::iterator of_peer;
    };

    // `peer`: null for a trusted proxy.
    void add(Session& session, Place& place, const AddressBytes* peer);
    // Moves the connection to the end of that state's lists.
    void move(Place& place, ConnectionState state);
    // Does nothing if the connection is not listed.
    void remove(Place& place);

    std::size_t size() const { return all_[0].size() + all_[1].size() + all_[2].size(); }
    bool empty() const { return size() == 0; }
    const ConnectionLists& all() const { return all_; }
    // Null if the peer has none.
    const ConnectionLists* of_peer(const AddressBytes& peer) const;

    template <class Function>
    void for_each(const Function& function) const {
        for (const auto& list : all_)
            for (auto* session : list) function(*session);
    }

  private:
    ConnectionLists all_;
    std::map<AddressBytes, ConnectionLists> peers_;
};

std::size_t size_of(const ConnectionLists& lists);

}  // namespace quittance::http
