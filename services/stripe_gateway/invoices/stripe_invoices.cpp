#include "stripe_gateway/invoices/stripe_invoices.hpp"

#include <boost/json/array.hpp>

#include "stripe/json_document.hpp"
#include "stripe/json_fields.hpp"
#include "stripe/reader.hpp"
#include "stripe_gateway/invoices/invoice_metadata.hpp"
#include "stripe_gateway/invoices/stripe_pages.hpp"
#include "stripe_gateway/stripe_api/error_status.hpp"

namespace quittance::stripe_gateway {

namespace {

namespace asio = boost::asio;

constexpr std::size_t kMostLines = 5'000;  // far above Stripe's 250 items and any subscription

struct LinePage {
    std::vector<v1::InvoiceLine> lines;
    bool has_more = false;
};

rpc::Result<LinePage> read_lines(const StripeAnswer& answer) {
    const stripe::JsonDocument document(answer.body);
    std::string problem;
    const stripe::Fields list(document.object(), problem);
    const auto* data = list.list("data");
    if (!data) return unreadable("a list of lines was expected");
    LinePage page;
    page.has_more = list.flag("has_more");
    for (const auto& element : *data) {
        const auto* object = stripe::object_in(element);
        if (!object) return unreadable("a line is no object");
        auto line = stripe::read_line(*object);
        if (!line) return unreadable(line.error().detail);
        page.lines.push_back(std::move(*line));
    }
    return page;
}

rpc::Result<DraftPage> read_drafts(const StripeAnswer& answer) {
    const stripe::JsonDocument document(answer.body);
    std::string problem;
    const stripe::Fields list(document.object(), problem);
    const auto* data = list.list("data");
    if (!data) return unreadable("a list of invoices was expected");
    DraftPage page;
    page.has_more = list.flag("has_more");
    for (const auto& element : *data) {
        const stripe::Fields invoice(stripe::object_in(element), problem);
        const auto metadata = invoice.child("metadata");
        Draft draft;
        draft.id = invoice.text("id");
        draft.key = metadata.text(kMetadataKey);
        draft.generation = metadata.text(kMetadataGeneration);
        draft.auto_advance = invoice.flag("auto_advance");
        draft.released = metadata.text(kMetadataReleased) == "true";
        page.drafts.push_back(std::move(draft));
    }
    return page;
}

}  // namespace

std::string Snapshot::metadata(std::string_view name) const {
    const auto found = invoice.metadata().find(std::string(name));
    return found == invoice.metadata().end() ? std::string() : found->second;
}

rpc::Result<Snapshot> read_snapshot(StripeAnswer answer, std::string_view account) {
    const stripe::JsonDocument document(answer.body);
    if (!document.object()) return unreadable("it is no JSON object");
    std::string problem;
    const stripe::Fields fields(document.object(), problem);
    if (fields.flag("deleted") || fields.text("status") == "deleted")
        return rpc::make_status(grpc::StatusCode::NOT_FOUND, "the invoice was deleted", "invoice_not_found");
    auto invoice = stripe::read_invoice(*document.object());
    if (!invoice) return unreadable(invoice.error().detail);
    Snapshot snapshot;
    snapshot.auto_advance = fields.flag("auto_advance");
    snapshot.answer = std::move(answer);
    snapshot.invoice = std::move(*invoice);
    snapshot.invoice.set_account(std::string(account));
    return snapshot;
}

v1::StripeInvoice to_message(Snapshot snapshot) {
    v1::StripeInvoice message;
    message.set_json(std::move(snapshot.answer.body));
    *message.mutable_invoice() = std::move(snapshot.invoice);
    message.set_stripe_request_id(std::move(snapshot.answer.request_id));
    *message.mutable_answer_time() = to_timestamp(snapshot.answer.time);
    return message;
}

google::protobuf::Timestamp to_timestamp(std::chrono::system_clock::time_point time) {
    const auto since_epoch = time.time_since_epoch();
    const auto seconds = std::chrono::floor<std::chrono::seconds>(since_epoch);
    const auto rest = std::chrono::duration_cast<std::chrono::nanoseconds>(since_epoch - seconds);
    google::protobuf::Timestamp stamp;
    stamp.set_seconds(seconds.count());
    stamp.set_nanos(static_cast<std::int32_t>(rest.count()));
    return stamp;
}

asio::awaitable<rpc::Result<Snapshot>> Invoices::get(std::string id, CallBudget budget, bool with_payments) const {
    StripeRequest request{"GET /v1/invoices/{id}", "GET", "/v1/invoices/" + id, {}, {}};
    if (with_payments && has_invoice_payments()) request.parameters["expand"] = boost::json::array{"payments"};
    auto result = co_await calls_.run(std::move(request), budget);
    if (!result.ok()) co_return status_of(result);
    co_return read_snapshot(std::get<StripeAnswer>(std::move(result.outcome)), account_);
}

asio::awaitable<rpc::Result<std::vector<v1::InvoiceLine>>> Invoices::lines(std::string id, CallBudget budget) const {
    std::vector<v1::InvoiceLine> lines;
    for (bool more = true; more;) {
        StripeRequest request{"GET /v1/invoices/{id}/lines", "GET", "/v1/invoices/" + id + "/lines", {}, {}};
        request.parameters["limit"] = kLargestPage;
        if (!lines.empty()) request.parameters["starting_after"] = lines.back().id();
        auto result = co_await calls_.run(std::move(request), budget);
        if (!result.ok()) co_return status_of(result);
        auto page = read_lines(*result.answer());
        if (!page) co_return page.error();
        more = page->has_more && !page->lines.empty();
        for (auto& line : page->lines) lines.push_back(std::move(line));
        if (lines.size() > kMostLines)
            co_return rpc::make_status(grpc::StatusCode::FAILED_PRECONDITION, "the invoice has too many lines",
                                       "too_many_lines");
    }
    co_return lines;
}

asio::awaitable<grpc::Status> Invoices::complete_lines(v1::Invoice& invoice, CallBudget budget) const {
    if (invoice.lines_complete()) co_return grpc::Status::OK;
    auto all = co_await lines(invoice.stripe_invoice_id(), budget);
    if (!all) co_return all.error();
    invoice.mutable_lines()->Assign(all->begin(), all->end());
    invoice.set_line_count(static_cast<std::int64_t>(all->size()));
    invoice.set_lines_complete(true);
    co_return grpc::Status::OK;
}

asio::awaitable<rpc::Result<DraftPage>> Invoices::drafts(DraftQuery query, CallBudget budget) const {
    StripeRequest request{"GET /v1/invoices", "GET", "/v1/invoices", {}, {}};
    request.parameters["status"] = "draft";
    request.parameters["limit"] = kLargestPage;
    if (!query.customer.empty()) request.parameters["customer"] = query.customer;
    if (query.created_before) request.parameters["created"] = boost::json::object{{"lt", *query.created_before}};
    if (!query.starting_after.empty()) request.parameters["starting_after"] = query.starting_after;
    auto result = co_await calls_.run(std::move(request), budget);
    if (!result.ok()) co_return status_of(result);
    co_return read_drafts(*result.answer());
}

asio::awaitable<bool> Invoices::remove_draft(std::string id, CallBudget budget) const {
    StripeRequest request{"DELETE /v1/invoices/{id}", "DELETE", "/v1/invoices/" + id, {}, {}};
    request.invoice = id;
    auto result = co_await calls_.run(std::move(request), budget);
    // After a 404 the draft is gone: another process or an earlier attempt deleted it.
    co_return result.ok() || result.status() == 404;
}

}  // namespace quittance::stripe_gateway
