#include "stripe_gateway/invoices/unacknowledged_invoices.hpp"

#include "runtime/log.hpp"
#include "stripe/json_document.hpp"
#include "stripe/json_fields.hpp"
#include "stripe_gateway/invoices/invoice_metadata.hpp"
#include "stripe_gateway/invoices/invoice_step.hpp"
#include "stripe_gateway/invoices/stripe_pages.hpp"
#include "stripe_gateway/stripe_api/error_status.hpp"

namespace quittance::stripe_gateway {

namespace {

namespace asio = boost::asio;

// How far back a run reads: a gateway that was down for a weekend still finds its invoices.
constexpr std::int64_t kReachSeconds = 3 * 86'400;
// Around the second of finalising, to find the event that names the key.
constexpr std::int64_t kEventSlackSeconds = 5;
constexpr int kEventPages = 5;

grpc::Status gone() {
    return rpc::make_status(grpc::StatusCode::NOT_FOUND, "the invoice was voided before it was acknowledged",
                            "invoice_not_found");
}

Step acknowledge_step() {
    return {"answered",
            "POST /v1/invoices/{id}",
            "",
            {{"metadata", {{kMetadataAcknowledged, "true"}}}},
            [](const Snapshot& state) { return !state.metadata(kMetadataAcknowledged).empty(); }};
}

// The key itself, or a later generation of it. Not the key of another step that begins with the same word.
bool is_generation_of(std::string_view key, std::string_view first) {
    if (!key.starts_with(first)) return false;
    const auto rest = key.substr(first.size());
    return rest.empty() || rest.starts_with(":g");
}

StripeRequest list_of(std::string_view endpoint, std::string path, std::int64_t from, std::int64_t before) {
    StripeRequest request{endpoint, "GET", std::move(path), {}, {}};
    request.parameters["limit"] = kLargestPage;
    request.parameters["created"] = boost::json::object{{"gte", from}, {"lt", before}};
    return request;
}

// Writes without a key: the write may safely happen twice, and the next run retries a failed one.
asio::awaitable<rpc::Result<Snapshot>> write(const Invoices& invoices, const UnacknowledgedInvoice& invoice,
                                             std::string_view endpoint, std::string_view suffix,
                                             boost::json::object parameters, CallBudget budget) {
    StripeRequest request{
        endpoint, "POST", "/v1/invoices/" + invoice.id + std::string(suffix), std::move(parameters), {}};
    request.customer = invoice.customer;
    request.invoice = invoice.id;
    auto result = co_await invoices.calls().run(std::move(request), budget);
    if (!result.ok()) co_return status_of(result);
    co_return read_snapshot(std::get<StripeAnswer>(std::move(result.outcome)), invoices.account());
}

// A page of a list. It is read as a whole before the next co_await, since the JSON document does not live longer.
struct Page {
    std::vector<UnacknowledgedInvoice> unacknowledged;  // of invoices
    std::optional<std::string> key;                     // of events: the key of the call that finalised the invoice
    std::string last_id;
    bool has_more = false;
};

// Calls `read(element, page)` for each element. Nothing if the answer is no list.
template <class Read>
std::optional<Page> read_page(const StripeAnswer& answer, Read read) {
    const stripe::JsonDocument document(answer.body);
    std::string problem;
    const stripe::Fields list(document.object(), problem);
    const auto* data = list.list("data");
    if (!data) return std::nullopt;
    Page page;
    for (const auto& element : *data) {
        const auto* object = stripe::object_in(element);
        if (!object) return std::nullopt;
        page.last_id = stripe::Fields(object, problem).text("id");
        read(*object, page);
    }
    page.has_more = list.flag("has_more") && !page.last_id.empty();
    return page;
}

// The key of the call that finalised the invoice, from Stripe's event. Nothing if a person did, or no event is found.
asio::awaitable<std::optional<std::string>> finalised_under(const Invoices& invoices,
                                                            const UnacknowledgedInvoice& invoice, CallBudget budget) {
    auto request = list_of("GET /v1/events", "/v1/events", invoice.finalised_at - kEventSlackSeconds,
                           invoice.finalised_at + kEventSlackSeconds);
    request.parameters["type"] = "invoice.finalized";
    const auto read = [&invoice](const boost::json::object& object, Page& page) {
        std::string problem;
        const stripe::Fields event(&object, problem);
        if (event.child("data").child("object").text("id") == invoice.id)
            page.key = event.child("request").text("idempotency_key");
    };
    for (int n = 0; n < kEventPages; ++n) {
        const auto result = co_await invoices.calls().run(request, budget);
        if (!result.ok()) co_return std::nullopt;
        const auto page = read_page(*result.answer(), read);
        if (!page) co_return std::nullopt;
        if (page->key || !page->has_more) co_return page->key;
        request.parameters["starting_after"] = page->last_id;
    }
    co_return std::nullopt;
}

asio::awaitable<bool> make_void(const Invoices& invoices, const UnacknowledgedInvoice& invoice, CallBudget budget) {
    const auto key = co_await finalised_under(invoices, invoice, budget);
    if (!key || !is_generation_of(*key, invoice.finalise_key)) co_return false;
    boost::json::object mark{{"metadata", {{kMetadataUnacknowledged, "true"}}}};
    const auto marked = co_await write(invoices, invoice, "POST /v1/invoices/{id}", "", std::move(mark), budget);
    if (!marked || marked->status() != "open" || !marked->metadata(kMetadataAcknowledged).empty()) co_return false;
    boost::json::object nothing;
    const auto done =
        co_await write(invoices, invoice, "POST /v1/invoices/{id}/void", "/void", std::move(nothing), budget);
    co_return done.has_value();
}

}  // namespace

bool was_voided_by_sweep(const Snapshot& state) {
    return state.status() == "void" && !state.metadata(kMetadataUnacknowledged).empty();
}

asio::awaitable<rpc::Result<Snapshot>> acknowledge(const Invoices& invoices, Snapshot state, const StepKeys& keys,
                                                   CallBudget budget) {
    const auto id = state.id();
    if (was_voided_by_sweep(state)) co_return gone();
    if (state.status() != "open" || !state.metadata(kMetadataAcknowledged).empty()) co_return std::move(state);
    auto step = acknowledge_step();
    step.customer = state.invoice.stripe_customer_id();
    auto marked = co_await take_step(invoices, std::move(step), id, keys, budget);
    if (!marked) co_return marked.error();
    if (marked->refusal && marked->state.status() == "open") co_return status_of_refusal(*marked->refusal);
    if (marked->state.status() == "open" && !marked->state.metadata(kMetadataUnacknowledged).empty()) {
        auto voiding = void_step("void-abandoned");
        auto voided = co_await take_step(invoices, std::move(voiding), id, keys, budget);
        if (!voided) co_return voided.error();
        marked = std::move(voided);
    }
    if (was_voided_by_sweep(marked->state)) co_return gone();
    co_return std::move(marked->state);
}

std::optional<UnacknowledgedInvoice> read_unacknowledged(const boost::json::object& invoice, std::string_view account,
                                                         std::int64_t finalised_before) {
    std::string problem;
    const stripe::Fields fields(&invoice, problem);
    const auto metadata = fields.child("metadata");
    const auto key = metadata.text(kMetadataKey);
    if (fields.text("status") != "open" || key.empty() || metadata.text(kMetadataCollect) != collect_word(false) ||
        !metadata.text(kMetadataAcknowledged).empty())
        return std::nullopt;
    // With auto_advance, somebody asked Stripe to collect it.
    if (fields.flag("auto_advance")) return std::nullopt;
    UnacknowledgedInvoice found;
    found.finalised_at = fields.child("status_transitions").integer_or_zero("finalized_at");
    if (found.finalised_at == 0 || found.finalised_at >= finalised_before) return std::nullopt;
    found.id = fields.text("id");
    found.customer = fields.id("customer");
    found.finalise_key =
        StepKeys(account, key).of_draft(generation_in(metadata.text(kMetadataGeneration))).of("finalise", 1);
    return found;
}

asio::awaitable<rpc::Result<int>> void_unacknowledged(const Invoices& invoices, std::chrono::seconds after, int pages,
                                                      CallBudget budget) {
    const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    const auto before = now - after.count();
    auto request = list_of("GET /v1/invoices", "/v1/invoices", now - kReachSeconds, before);
    request.parameters["status"] = "open";
    request.parameters["collection_method"] = "charge_automatically";
    const auto read = [&](const boost::json::object& object, Page& page) {
        auto invoice = read_unacknowledged(object, invoices.account(), before);
        if (invoice) page.unacknowledged.push_back(std::move(*invoice));
    };
    int voided = 0;
    for (int n = 0; n < pages; ++n) {
        const auto result = co_await invoices.calls().run(request, budget);
        if (!result.ok()) co_return status_of(result);
        const auto page = read_page(*result.answer(), read);
        if (!page) co_return unreadable("a list of invoices was expected");
        for (const auto& invoice : page->unacknowledged) {
            const bool done = co_await make_void(invoices, invoice, budget);
            if (!done) continue;
            ++voided;
            runtime::log_info("voided an unacknowledged invoice", {{"invoice", invoice.id}});
        }
        if (!page->has_more) break;
        request.parameters["starting_after"] = page->last_id;
    }
    co_return voided;
}

}  // namespace quittance::stripe_gateway
