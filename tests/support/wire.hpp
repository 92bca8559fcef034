// Messages as their receiver gets them.
#pragma once

#include <stdexcept>

namespace quittance::test {

template <class Message>
Message as_received(const Message& sent) {
    Message received;
    if (!received.ParseFromString(sent.SerializeAsString())) throw std::runtime_error("it cannot be read");
    return received;
}

}  // namespace quittance::test
