// Webhook requests, complete with head and signature, made before the clock starts: what is measured is the receiver.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"

namespace quittance::bench {

struct EventSource {
    std::string body;             // one event as Stripe sends it, the pattern for all of them
    std::string host;             // for the Host field, "127.0.0.1:41234"
    std::string path;             // "/webhooks/stripe"
    base::Secret secret;          // "whsec_…"
    std::uint64_t first = 0;      // number of the first event; each number has an event and an invoice id of its own
    std::uint64_t customers = 0;  // how many customers they are spread over
    std::int64_t timestamp = 0;   // Unix seconds of the signatures
};

// The Stripe id of the invoice with that number, as in the requests: "in_" and as many digits as the pattern's id has.
std::string invoice_id(std::uint64_t number, std::size_t length);

// `count` requests, each a string of its own. Throws std::runtime_error where the pattern has no event or invoice id.
std::vector<std::string> signed_requests(const EventSource& source, std::size_t count);

}  // namespace quittance::bench
