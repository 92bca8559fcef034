#include "stripe/relayed_events.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <optional>

#include "stripe/json_document.hpp"
#include "stripe/json_fields.hpp"

namespace quittance::stripe {
namespace {

constexpr std::string_view kValidation = "Microsoft.EventGrid.SubscriptionValidationEvent";

std::optional<ReadError> read_envelope(const boost::json::object* json, RelayedEvents& relayed) {
    std::string problem;
    const Fields envelope(json, problem);
    if (envelope.text("eventType") == kValidation) {
        relayed.validation_code = std::string(envelope.child("data").text("validationCode"));
        if (relayed.validation_code.empty()) return ReadError{"The validation event has no validationCode."};
        return std::nullopt;
    }
    const auto detail = envelope.child("detail");
    const auto event = detail.object() != nullptr ? detail : envelope.child("data");
    if (event.object() == nullptr) return ReadError{"An envelope has no event in detail or data."};
    relayed.events.push_back(boost::json::serialize(*event.object()));
    return std::nullopt;
}

}  // namespace

ReadResult<RelayedEvents> read_relayed_events(std::string_view body) {
    const JsonDocument document(body);
    RelayedEvents relayed;
    if (document.object() != nullptr) {
        if (auto error = read_envelope(document.object(), relayed)) return *std::move(error);
        return relayed;
    }
    if (document.array() == nullptr) return ReadError{"The body is no JSON object or array."};
    if (document.array()->empty()) return ReadError{"The array has no envelope."};
    if (document.array()->size() > kMostRelayed) return ReadError{"The array has more than 100 envelopes."};
    for (const auto& element : *document.array())
        if (auto error = read_envelope(element.if_object(), relayed)) return *std::move(error);
    return relayed;
}

}  // namespace quittance::stripe
