#include "signed_events.hpp"

#include <array>
#include <span>
#include <stdexcept>

#include "stripe/signature.hpp"

namespace quittance::bench {
namespace {

// Every place of one id in the pattern. Ids are replaced by ids of the same length, so places stay where they are.
struct Places {
    std::string id;
    std::vector<std::size_t> offsets;
};

Places find_places(const std::string& body, std::string_view prefix) {
    const auto begin = body.find("\"" + std::string(prefix));
    if (begin == std::string::npos) throw std::runtime_error("the pattern has no " + std::string(prefix) + "… id");
    Places places;
    places.id = body.substr(begin + 1, body.find('"', begin + 1) - begin - 1);
    for (auto at = body.find(places.id); at != std::string::npos; at = body.find(places.id, at + 1))
        places.offsets.push_back(at);
    return places;
}

std::string numbered(std::string_view prefix, std::uint64_t number, std::size_t length) {
    const auto digits = std::to_string(number);
    std::string id(prefix);
    if (id.size() + digits.size() < length) id.append(length - id.size() - digits.size(), '0');
    return id + digits;
}

void put(std::string& body, const Places& places, std::string_view prefix, std::uint64_t number) {
    const auto id = numbered(prefix, number, places.id.size());
    for (const auto offset : places.offsets) body.replace(offset, id.size(), id);
}

}  // namespace

std::string invoice_id(std::uint64_t number, std::size_t length) {
    return numbered("in_", number, length);
}

std::vector<std::string> signed_requests(const EventSource& source, std::size_t count) {
    const auto events = find_places(source.body, "evt_");
    const auto invoices = find_places(source.body, "in_");
    const auto customers = find_places(source.body, "cus_");
    const std::array secrets{source.secret};
    const auto head =
        "POST " + source.path + " HTTP/1.1\r\nHost: " + source.host +
        "\r\nUser-Agent: Stripe/1.0 (+https://stripe.com/docs/webhooks)\r\nContent-Type: application/json; "
        "charset=utf-8\r\nContent-Length: " +
        std::to_string(source.body.size()) + "\r\nStripe-Signature: ";
    std::vector<std::string> requests;
    requests.reserve(count);
    auto body = source.body;
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto number = source.first + i;
        put(body, events, "evt_", number);
        put(body, invoices, "in_", number);
        put(body, customers, "cus_", number % source.customers);
        requests.push_back(head + stripe::sign(body, std::span(secrets), source.timestamp) + "\r\n\r\n" + body);
    }
    return requests;
}

}  // namespace quittance::bench
