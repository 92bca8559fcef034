#include "quittancectl/invoice_story.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <ostream>

#include "base/trace_context.hpp"
#include "quittancectl/output.hpp"
#include "stripe/creation_trace.hpp"

namespace quittance::quittancectl {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostPayloads = 100;
constexpr std::size_t kLongestValue = 40;
constexpr std::size_t kMostChanges = 8;

const json::object* object_at(const json::object* parent, std::string_view name) {
    if (parent == nullptr) return nullptr;
    const auto* value = parent->if_contains(json::string_view(name.data(), name.size()));
    return value == nullptr ? nullptr : value->if_object();
}

std::string text_at(const json::object* parent, std::string_view name) {
    if (parent == nullptr) return {};
    const auto* value = parent->if_contains(json::string_view(name.data(), name.size()));
    if (value == nullptr || value->is_null()) return {};
    const auto* text = value->if_string();
    auto shown = text == nullptr ? json::serialize(*value) : std::string(text->data(), text->size());
    if (shown.size() > kLongestValue) shown = shown.substr(0, kLongestValue) + "...";
    return shown;
}

// "status: draft -> open, number: -> A-1": each attribute as it was and as it is.
std::string changes_of(const json::object& before, const json::object& now) {
    std::string text;
    std::size_t count = 0;
    for (const auto& member : before) {
        if (++count > kMostChanges) return text + ", ...";
        const std::string_view name(member.key().data(), member.key().size());
        text += (text.empty() ? "" : ", ") + std::string(name) + ": " + text_at(&before, name);
        text += " -> " + text_at(&now, name);
    }
    return text;
}

// Of a payment intent or a charge: "card_declined (insufficient_funds)".
std::string failure_of(const json::object& object) {
    const auto* error = object_at(&object, "last_payment_error");
    const auto code = error != nullptr ? text_at(error, "code") : text_at(&object, "failure_code");
    const auto decline = text_at(error, "decline_code");
    if (code.empty()) return {};
    return decline.empty() ? code : code + " (" + decline + ")";
}

v1::GetEventRequest request_for(const v1::InboxEvent& event) {
    v1::GetEventRequest request;
    request.mutable_name()->set_event_id(event.event_id());
    request.mutable_name()->set_account(event.account());
    request.mutable_name()->set_livemode(event.livemode());
    return request;
}

void print_creation(const v1::Invoice& invoice, std::ostream& out) {
    const auto key = invoice.metadata().find(std::string(stripe::kCreationKeyName));
    Table table({"CREATION", "VALUE"});
    if (key == invoice.metadata().end()) {
        table.add({"made by", "somebody else: it has no creation key"});
    } else {
        table.add({"creation key", key->second});
        table.add({"trace id", base::trace_id_of(stripe::creation_trace(invoice.account(), key->second))});
    }
    table.print(out);
}

}  // namespace

EventStory read_story(std::string_view payload) {
    EventStory story;
    json::error_code error;
    const auto value = json::parse(json::string_view(payload.data(), payload.size()), error);
    const auto* event = error ? nullptr : value.if_object();
    const auto* data = object_at(event, "data");
    const auto* now = object_at(data, "object");
    const auto* before = object_at(data, "previous_attributes");
    if (now != nullptr && before != nullptr) story.changed = changes_of(*before, *now);
    if (now != nullptr && story.changed.empty()) story.changed = failure_of(*now);
    if (now != nullptr && story.changed.empty()) story.changed = text_at(now, "status");
    story.asked = text_at(object_at(event, "request"), "idempotency_key");
    return story;
}

reconcile::Answer<bool> print_story(clients::Services& services, const v1::Invoice& invoice,
                                    const std::vector<v1::InboxEvent>& history, std::ostream& out) {
    print_creation(invoice, out);
    out << "\n";
    Table table({"HAPPENED", "EVENT", "TYPE", "STATE", "SOURCE", "STRIPE REQUEST", "CHANGED", "ASKED BY", "ERROR"});
    for (std::size_t left = history.size(); left > 0; --left) {
        const auto& event = history[left - 1];
        EventStory story;
        if (left <= kMostPayloads) {
            const auto request = request_for(event);
            const auto whole = co_await services.store.get_event(request);
            if (whole.has_error()) co_return whole.error();
            story = read_story(whole->payload());
        }
        table.add({shown(event.event_time()), event.event_id(), event.type(), event.state(),
                   v1::InvoiceEvent::Source_Name(event.source()), event.request_id(), story.changed, story.asked,
                   event.last_error()});
    }
    table.print(out);
    out << "\nThe logs have more: search them for the trace id, for " << invoice.stripe_invoice_id()
        << ", and for a Stripe request.\n";
    co_return true;
}

}  // namespace quittance::quittancectl
