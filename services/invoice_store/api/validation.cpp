#include "invoice_store/api/validation.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "base/object_id.hpp"
#include "base/timestamps.hpp"
#include "invoice_store/changes/change_token.hpp"
#include "invoice_store/events/inbox_queries.hpp"
#include "invoice_store/invoices/invoice_lookup.hpp"
#include "rpc/batch_limits.hpp"

namespace quittance::invoice_store {
namespace {

constexpr int kBatchItems{rpc::kBatchItems};
constexpr int kBatchLists{rpc::kBatchLists};
constexpr std::size_t kIdentifierBytes = 255;
constexpr std::size_t kAccountBytes = 64;
constexpr std::size_t kPayloadBytes = 1024 * 1024;
constexpr std::size_t kHeaderBytes = 1024;
constexpr std::size_t kNameBytes = 500;
constexpr std::size_t kCursorNameBytes = 200;
constexpr std::size_t kDetailBytes = 1'000;
constexpr std::size_t kMostFacts = 256;
constexpr int kMostRefetches = 256;
constexpr std::size_t kCursorBytes = 10'000;
constexpr std::int64_t kLongestWaitMs = std::int64_t{366} * 24 * 3'600 * 1'000;
constexpr int kScopeTeams = 100;
constexpr int kPageSize = 100;

class Checker {
  public:
    void require(bool holds, std::string field, std::string_view message) {
        if (holds) return;
        auto& violation = violations_.emplace_back();
        violation.set_field(std::move(field));
        violation.set_message(std::string(message));
    }
    Violations take() { return std::move(violations_); }

  private:
    Violations violations_;
};

bool is_printable(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

bool is_identifier(std::string_view text, std::size_t most_bytes) {
    return !text.empty() && text.size() <= most_bytes && is_printable(text);
}

void check_identifier(Checker& checker, std::string_view text, std::string field) {
    checker.require(is_identifier(text, kIdentifierBytes), std::move(field), "must be 1 to 255 printable characters");
}

void check_label(Checker& checker, std::string_view text, std::string field) {
    checker.require(is_identifier(text, kAccountBytes), std::move(field), "must be 1 to 64 printable characters");
}

void check_optional_identifier(Checker& checker, std::string_view text, std::string field) {
    checker.require(text.empty() || is_identifier(text, kIdentifierBytes), std::move(field),
                    "must be at most 255 printable characters");
}

void check_object_id(Checker& checker, std::string_view id, std::string field) {
    checker.require(base::is_object_id(id), std::move(field), "must be 24 hex digits");
}

// Zero is the default size.
void check_page_size(Checker& checker, int page_size) {
    checker.require(page_size >= 0 && page_size <= kPageSize, "page_size", "must be 1 to 100");
}

bool is_storable(const google::protobuf::Timestamp& time) {
    return time.seconds() >= 0 && time.seconds() <= base::kLastSecondOf9999 && time.nanos() >= 0 &&
           time.nanos() < 1'000'000'000;
}

void check_event(Checker& checker, const v1::InvoiceEvent& event, const std::string& field) {
    check_identifier(checker, event.event_id(), field + ".event_id");
    checker.require(is_identifier(event.account(), kAccountBytes), field + ".account",
                    "must be 1 to 64 printable characters");
    checker.require(!event.type().empty() && event.type().size() <= kIdentifierBytes, field + ".type",
                    "must be 1 to 255 bytes");
    checker.require(event.has_event_time() && is_storable(event.event_time()), field + ".event_time",
                    "must be set, between 1970 and 9999");
    checker.require(event.payload().size() <= kPayloadBytes, field + ".payload", "must be at most 1 MiB");
    for (const auto& [name, text] : {std::pair<const char*, const std::string&>{".object_id", event.object_id()},
                                     {".api_version", event.api_version()},
                                     {".stripe_account_id", event.stripe_account_id()},
                                     {".request_id", event.request_id()},
                                     {".idempotency_key", event.idempotency_key()},
                                     {".problem", event.problem()}})
        checker.require(text.size() <= kHeaderBytes, field + name, "must be at most 1024 bytes");
}

void check_account(Checker& checker, const std::string& account, const std::string& field) {
    checker.require(account.empty() || is_identifier(account, kAccountBytes), field,
                    "must be at most 64 printable characters");
}

void check_name(Checker& checker, const v1::EventName& name, const std::string& field) {
    check_identifier(checker, name.event_id(), field + ".event_id");
    check_account(checker, name.account(), field + ".account");
}

template <class Names>
void check_names(Checker& checker, const Names& names) {
    checker.require(!names.empty() && names.size() <= kBatchItems, "names", "must have 1 to 256 items");
    for (int i = 0; i < std::min(names.size(), kBatchItems); ++i)
        check_name(checker, names[i], "names[" + std::to_string(i) + "]");
}

void check_cursor(Checker& checker, const std::string& name) {
    checker.require(!name.empty() && name.size() <= kCursorNameBytes && name.find('\0') == std::string::npos, "name",
                    "must be 1 to 200 bytes");
}

void check_scope(Checker& checker, const v1::Scope& scope, const std::string& field) {
    checker.require(scope.team_ids_size() <= kScopeTeams, field + "scope.team_ids", "must have at most 100 items");
}

}  // namespace

Violations violations_of(const v1::ApplyInvoiceEventsRequest& request) {
    Checker checker;
    checker.require(request.events_size() <= kBatchItems, "events", "must have at most 256 items");
    for (int i = 0; i < std::min(request.events_size(), kBatchItems); ++i)
        check_event(checker, request.events(i), "events[" + std::to_string(i) + "]");
    return checker.take();
}

Violations violations_of(const v1::GetInvoiceRequest& request) {
    Checker checker;
    checker.require(!request.id().empty() && request.id().size() <= kIdentifierBytes, "id", "must be 1 to 255 bytes");
    check_scope(checker, request.scope(), "");
    return checker.take();
}

Violations violations_of(const v1::BatchGetInvoicesRequest& request) {
    // An invalid id is treated as not found, because the other requests of the batch belong to other callers.
    Checker checker;
    checker.require(request.requests_size() <= kBatchItems, "requests", "must have at most 256 items");
    for (int i = 0; i < std::min(request.requests_size(), kBatchItems); ++i)
        check_scope(checker, request.requests(i).scope(), "requests[" + std::to_string(i) + "].");
    return checker.take();
}

Violations violations_of(const v1::BatchListInvoicesRequest& request) {
    Checker checker;
    checker.require(request.requests_size() <= kBatchLists, "requests", "must have at most 64 items");
    return checker.take();
}

Violations violations_of(const v1::ListInvoicesRequest& request) {
    Checker checker;
    check_scope(checker, request.scope(), "");
    check_page_size(checker, request.page_size());
    checker.require(request.page() >= 0, "page", "must be 1 or more");
    const int ways =
        (request.page() != 0 ? 1 : 0) + (request.page_token().empty() ? 0 : 1) + (request.after_id().empty() ? 0 : 1);
    checker.require(ways <= 1, "page_token", "only one of page, page_token and after_id may be set");
    checker.require(request.after_id().size() <= kIdentifierBytes, "after_id", "must be at most 255 bytes");
    const auto& filter = request.filter();
    for (const auto& [field, id] : {std::pair<const char*, const std::string&>{"filter.team_id", filter.team_id()},
                                    {"filter.user_id", filter.user_id()}})
        checker.require(id.empty() || base::is_object_id(id), field, "must be 24 hex digits");
    for (const auto& [field, text] : {std::pair<const char*, const std::string&>{"filter.status", filter.status()},
                                      {"filter.stripe_customer_id", filter.stripe_customer_id()}})
        check_optional_identifier(checker, text, field);
    check_account(checker, filter.account(), "filter.account");
    for (const auto& [field, time] :
         {std::pair<const char*, const google::protobuf::Timestamp&>{"filter.created_from", filter.created_from()},
          {"filter.created_to", filter.created_to()}})
        checker.require(time.seconds() >= -base::kLastSecondOf9999 && time.seconds() <= base::kLastSecondOf9999 &&
                            time.nanos() >= 0,
                        field, "must be between the years 1 and 9999");
    return checker.take();
}

Violations violations_of(const v1::GetLastInvoiceRequest& request) {
    Checker checker;
    check_object_id(checker, request.team_id(), "team_id");
    check_scope(checker, request.scope(), "");
    return checker.take();
}

Violations violations_of(const v1::GetBillingHistoryRequest& request) {
    Checker checker;
    check_object_id(checker, request.team_id(), "team_id");
    check_scope(checker, request.scope(), "");
    checker.require(request.page() >= 0, "page", "must be 1 or more");
    check_page_size(checker, request.page_size());
    return checker.take();
}

Violations violations_of(const v1::RegisterCustomerRequest& request) {
    Checker checker;
    const auto& customer = request.customer();
    const auto& name = customer.user().name();
    check_account(checker, customer.account(), "customer.account");
    check_identifier(checker, customer.stripe_customer_id(), "customer.stripe_customer_id");
    check_object_id(checker, customer.user().id(), "customer.user.id");
    checker.require(name.size() <= kNameBytes && name.find_first_not_of(" \t\r\n") != std::string::npos &&
                        name.find('\0') == std::string::npos,
                    "customer.user.name", "must be 1 to 500 bytes, not blank");
    check_object_id(checker, customer.team_id(), "customer.team_id");
    return checker.take();
}

Violations violations_of(const v1::GetCustomerRequest& request) {
    Checker checker;
    check_account(checker, request.account(), "account");
    check_identifier(checker, request.stripe_customer_id(), "stripe_customer_id");
    return checker.take();
}

Violations violations_of(const v1::ListEventsRequest& request) {
    Checker checker;
    checker.require(request.state().empty() || is_event_state(request.state()), "state",
                    "must be applied, ignored, stale, needs_refetch or dead");
    check_optional_identifier(checker, request.invoice_id(), "invoice_id");
    check_optional_identifier(checker, request.type(), "type");
    checker.require(is_storable(request.received_from()), "received_from", "must be between 1970 and 9999");
    checker.require(is_storable(request.received_to()), "received_to", "must be between 1970 and 9999");
    check_page_size(checker, request.page_size());
    return checker.take();
}

Violations violations_of(const v1::GetEventRequest& request) {
    Checker checker;
    check_name(checker, request.name(), "name");
    return checker.take();
}

Violations violations_of(const v1::ReplayEventsRequest& request) {
    Checker checker;
    check_names(checker, request.names());
    return checker.take();
}

Violations violations_of(const v1::DiscardEventsRequest& request) {
    Checker checker;
    check_names(checker, request.names());
    checker.require(!request.reason().empty() && request.reason().size() <= kNameBytes &&
                        request.reason().find('\0') == std::string::npos,
                    "reason", "must be 1 to 500 bytes");
    return checker.take();
}

Violations violations_of(const v1::ListRefetchesRequest& request) {
    Checker checker;
    check_account(checker, request.account(), "account");
    check_page_size(checker, request.page_size());
    checker.require(request.waited_ms() >= 0 && request.waited_ms() <= kLongestWaitMs, "waited_ms",
                    "must be 0 to a year in milliseconds");
    return checker.take();
}

Violations violations_of(const v1::ReportRefetchRequest& request) {
    Checker checker;
    check_account(checker, request.account(), "account");
    checker.require(!request.account().empty(), "account", "must be the label of an account");
    check_identifier(checker, request.stripe_invoice_id(), "stripe_invoice_id");
    const auto& result = request.result();
    checker.require(result == "not_found" || result == "unrepaired" || result == "agreed", "result",
                    "must be not_found, unrepaired or agreed");
    checker.require(request.detail().size() <= kDetailBytes && request.detail().find('\0') == std::string::npos,
                    "detail", "must be at most 1000 bytes and have no zero bytes");
    return checker.take();
}

Violations violations_of(const v1::RequestRefetchesRequest& request) {
    Checker checker;
    checker.require(!request.refetches().empty() && request.refetches_size() <= kMostRefetches, "refetches",
                    "must have 1 to 256 items");
    for (int i = 0; i < std::min(request.refetches_size(), kMostRefetches); ++i) {
        const auto field = "refetches[" + std::to_string(i) + "]";
        check_label(checker, request.refetches(i).account(), field + ".account");
        check_identifier(checker, request.refetches(i).stripe_invoice_id(), field + ".stripe_invoice_id");
    }
    return checker.take();
}

Violations violations_of(const v1::RecordStripeAccountRequest& request) {
    Checker checker;
    check_label(checker, request.account().label(), "account.label");
    check_identifier(checker, request.account().stripe_account_id(), "account.stripe_account_id");
    return checker.take();
}

Violations violations_of(const v1::BatchGetPaymentFactsRequest& request) {
    Checker checker;
    check_account(checker, request.account(), "account");
    checker.require(!request.object_ids().empty() && request.object_ids_size() <= static_cast<int>(kMostFacts),
                    "object_ids", "must have 1 to 256 ids");
    for (const auto& id : request.object_ids()) check_identifier(checker, id, "object_ids");
    return checker.take();
}

Violations violations_of(const v1::GetCursorRequest& request) {
    Checker checker;
    check_cursor(checker, request.name());
    return checker.take();
}

Violations violations_of(const v1::MoveCursorRequest& request) {
    Checker checker;
    check_cursor(checker, request.name());
    for (const auto& [field, text] :
         {std::pair<const char*, const std::string&>{"expected", request.expected()}, {"value", request.value()}})
        checker.require(text.size() <= kCursorBytes && text.find('\0') == std::string::npos, field,
                        "must be at most 10000 bytes and have no zero bytes");
    return checker.take();
}

Violations violations_of(const v1::WatchInvoicesRequest& request) {
    Checker checker;
    check_scope(checker, request.scope(), "");
    checker.require(request.resume_token().empty() || read_change_token(request.resume_token()).has_value(),
                    "resume_token", "must be the resume_token of an earlier response");
    return checker.take();
}

Violations violations_of(const v1::FindByCreationKeyRequest& request) {
    Checker checker;
    check_account(checker, request.account(), "account");
    check_identifier(checker, request.idempotency_key(), "idempotency_key");
    return checker.take();
}

}  // namespace quittance::invoice_store
