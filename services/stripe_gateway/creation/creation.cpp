#include "stripe_gateway/creation/creation.hpp"

#include "runtime/log.hpp"
#include "stripe_gateway/invoices/invoice_metadata.hpp"
#include "stripe_gateway/invoices/unacknowledged_invoices.hpp"
#include "stripe_gateway/stripe_api/error_status.hpp"

namespace quittance::stripe_gateway {

namespace {

namespace asio = boost::asio;
using grpc::StatusCode;
using std::chrono::steady_clock;

// The time for deleting a draft, also if the caller's time is over.
constexpr std::chrono::seconds kDiscardTime{2};
// How many pages of the customer's newest drafts are searched for one that a poisoned key left.
constexpr int kDiscardPages = 2;

grpc::Status cancelled() {
    return rpc::make_status(StatusCode::CANCELLED, "the caller cancelled", "cancelled");
}

// All lines of the invoice in this answer. Nothing if it has only the first of them, or is a replay, which shows an
// earlier state.
std::optional<std::vector<v1::InvoiceLine>> lines_in(StripeAnswer answer, std::string_view account) {
    if (answer.replayed) return std::nullopt;
    const auto state = read_snapshot(std::move(answer), account);
    if (!state || !state->invoice.lines_complete()) return std::nullopt;
    return std::vector<v1::InvoiceLine>(state->invoice.lines().begin(), state->invoice.lines().end());
}

grpc::Status lines_differ(const std::string& how) {
    return rpc::make_status(StatusCode::FAILED_PRECONDITION, how, "lines_differ");
}

}  // namespace

asio::awaitable<rpc::Result<v1::StripeInvoice>> Creation::run() {
    if (!plan_.request.known_stripe_invoice_id().empty()) {
        auto known = co_await find_known();
        if (!known) co_return known.error();
        if (*known) {
            auto answer = co_await answer_known(std::move(**known));
            if (answer || answer.error().error_code() != StatusCode::NOT_FOUND) co_return answer;
        }
    }
    for (generation_ = 1; generation_ <= kDraftGenerations; ++generation_) {
        if (call_.cancelled()) co_return cancelled();
        payment_error_.reset();
        auto draft = co_await make_draft();
        if (!draft) co_return draft.error();
        if (!*draft) {
            co_await discard_unreachable_drafts();
            continue;
        }
        const auto id = (*draft)->id();
        auto result = co_await complete(std::move(**draft));
        if (result) co_return result;
        const auto code = result.error().error_code();
        if (code == StatusCode::NOT_FOUND) continue;  // deleted meanwhile: the next generation
        runtime::log_warn("creation failed", {{"request_id", call_.request_id},
                                              {"invoice", id},
                                              {"code", rpc::code_name(code)},
                                              {"reason", rpc::detail_of(result.error()).reason()}});
        co_await discard(id, code);
        co_return result;
    }
    co_return rpc::make_status(StatusCode::FAILED_PRECONDITION, "too many earlier requests with this key have failed",
                               "generations_exhausted");
}

asio::awaitable<rpc::Result<std::optional<Snapshot>>> Creation::find_known() {
    auto state = co_await invoices_.get(plan_.request.known_stripe_invoice_id(), budget_);
    if (!state && state.error().error_code() == StatusCode::NOT_FOUND) co_return std::optional<Snapshot>();
    if (!state) co_return state.error();
    const auto other = check_request(*state);
    if (!other.ok()) co_return other;
    if (was_voided_by_sweep(*state)) co_return std::optional<Snapshot>();
    // Stripe still remembers the keys of a draft that lacks lines. Only those keys show whether this is the draft to
    // complete: a failure that Stripe kept may have left another one.
    if (state->draft() && state->metadata(kMetadataReleased).empty()) co_return std::optional<Snapshot>();
    co_return std::optional<Snapshot>(std::move(*state));
}

asio::awaitable<rpc::Result<v1::StripeInvoice>> Creation::answer_known(Snapshot known) {
    auto state = std::move(known);
    made_before_ = true;
    generation_ = generation_in(state.metadata(kMetadataGeneration));
    // The request that created the invoice may have ended before it collected. A payment that was attempted is not
    // attempted again: Stripe may have forgotten the key that makes a second attempt harmless.
    if (!plan_.collect_later && state.status() == "open" && !state.invoice.attempted()) {
        auto collected = co_await collect(state.id());
        if (!collected) co_return collected.error();
        state = std::move(*collected);
    }
    co_return co_await answer_with(std::move(state));
}

grpc::Status Creation::check_request(const Snapshot& invoice) const {
    if (invoice.metadata(kMetadataHash) == plan_.hash &&
        invoice.metadata(kMetadataKey) == plan_.request.idempotency_key())
        return grpc::Status::OK;
    return rpc::make_status(StatusCode::ALREADY_EXISTS, "the idempotency key was used with another request",
                            "idempotency_key_reused");
}

asio::awaitable<rpc::Result<std::optional<Snapshot>>> Creation::make_draft() {
    StripeRequest request{"POST /v1/invoices", "POST", "/v1/invoices", draft_parameters(plan_, generation_),
                          plan_.keys.of("create", generation_)};
    request.customer = plan_.request.stripe_customer_id();
    // The first write: if the caller cancels while the call waits, nothing is created.
    const CallBudget budget{budget_.deadline, false, &call_};
    auto result = co_await invoices_.calls().run(std::move(request), budget);
    if (result.verdict == Verdict::kPoisoned) co_return std::optional<Snapshot>();
    if (!result.ok()) co_return status_of(result);
    auto answer = std::get<StripeAnswer>(std::move(result.outcome));
    made_before_ = answer.replayed && !result.tried_before;
    auto draft = read_snapshot(std::move(answer), invoices_.account());
    if (!draft) co_return draft.error();
    // Stripe compares the parameters of a key itself. This check holds also if Stripe does not.
    const auto other = check_request(*draft);
    if (!other.ok()) co_return other;
    co_return std::optional<Snapshot>(std::move(*draft));
}

asio::awaitable<rpc::Result<v1::StripeInvoice>> Creation::complete(Snapshot draft) {
    auto state = std::move(draft);
    if (state.answer.replayed) {  // a replay shows the new draft; the invoice may have changed or be gone
        auto present = co_await invoices_.get(state.id(), budget_);
        if (!present) co_return present.error();
        state = std::move(*present);
    }
    if (was_voided_by_sweep(state))
        co_return rpc::make_status(StatusCode::NOT_FOUND, "the invoice was voided before it was acknowledged",
                                   "invoice_not_found");
    if (state.draft() && state.metadata(kMetadataReleased).empty()) {
        const auto problem = co_await put_lines_on(state);
        if (!problem.ok()) co_return problem;
        auto issued = co_await issue(state.id());
        if (!issued) co_return issued.error();
        state = std::move(*issued);
    }
    if (!plan_.collect_later && state.status() == "open") {
        auto collected = co_await collect(state.id());
        if (!collected) co_return collected.error();
        state = std::move(*collected);
    }
    co_return co_await answer_with(std::move(state));
}

asio::awaitable<rpc::Result<v1::StripeInvoice>> Creation::answer_with(Snapshot end) {
    auto state = std::move(end);
    if (!plan_.collect_later) {
        const auto keys = plan_.keys.of_draft(generation_);
        auto acknowledged = co_await acknowledge(invoices_, std::move(state), keys, budget_);
        if (!acknowledged) co_return acknowledged.error();
        state = std::move(*acknowledged);
    }
    co_await invoices_.complete_lines(state.invoice, budget_);
    auto message = to_message(std::move(state));
    message.set_replayed(made_before_);
    if (payment_error_ && message.invoice().status() != "paid") *message.mutable_payment_error() = *payment_error_;
    co_return message;
}

asio::awaitable<grpc::Status> Creation::put_lines_on(const Snapshot& draft) {
    const auto& id = draft.id();
    Lines present(draft.invoice.lines().begin(), draft.invoice.lines().end());
    if (!draft.invoice.lines_complete()) {
        auto all = co_await invoices_.lines(id, budget_);
        if (!all) co_return all.error();
        present = std::move(*all);
    }
    std::vector<int> generations(static_cast<std::size_t>(plan_.batch_count()), 1);
    for (int round = 0; round < kStepGenerations; ++round) {
        auto addition = co_await add_missing(id, present, generations);
        if (!addition) co_return addition.error();
        if (addition->shown) {
            present = std::move(*addition->shown);
        } else {
            auto all = co_await invoices_.lines(id, budget_);
            if (!all) co_return all.error();
            present = std::move(*all);
        }
        if (addition->complete) break;
    }
    const auto how = difference(plan_, present);
    if (!how.empty()) co_return lines_differ(how);
    co_return grpc::Status::OK;
}

asio::awaitable<rpc::Result<Creation::Addition>> Creation::add_missing(const std::string& id, const Lines& present,
                                                                       std::vector<int>& generations) {
    Addition addition;
    const auto keys = plan_.keys.of_draft(generation_);
    for (int batch = 0; batch < plan_.batch_count(); ++batch) {
        const auto missing = missing_of(plan_, batch, present);
        if (missing.empty()) continue;
        auto& key_generation = generations[static_cast<std::size_t>(batch)];
        auto parameters = lines_parameters(plan_, batch);
        // Stripe adds all lines of a call or none. If only some are there, another process changed this draft.
        if (missing.size() != parameters["lines"].as_array().size())
            co_return lines_differ("lines of the request are missing at Stripe");
        StripeRequest request{"POST /v1/invoices/{id}/add_lines", "POST", "/v1/invoices/" + id + "/add_lines",
                              std::move(parameters), keys.of("lines:" + std::to_string(batch), key_generation)};
        request.customer = plan_.request.stripe_customer_id();
        request.invoice = id;
        auto result = co_await invoices_.calls().run(std::move(request), budget_);
        if (result.verdict == Verdict::kPoisoned) {
            ++key_generation;
            addition.shown.reset();
            co_return addition;
        }
        if (!result.ok()) co_return status_of(result, batch * kLinesPerCall);
        addition.shown = lines_in(std::get<StripeAnswer>(std::move(result.outcome)), invoices_.account());
    }
    addition.complete = true;
    co_return addition;
}

asio::awaitable<rpc::Result<Snapshot>> Creation::issue(std::string id) {
    // The last moment at which no caller can know the invoice.
    if (call_.cancelled()) co_return cancelled();
    const auto keys = plan_.keys.of_draft(generation_);
    auto step = plan_.collect_later ? release_step("release") : finalise_step("finalise", false);
    const auto done = step.done;
    step.customer = plan_.request.stripe_customer_id();
    auto result = co_await take_step(invoices_, std::move(step), id, keys, budget_);
    if (!result) co_return result.error();
    // If another request with this key was faster, the step is done in spite of the refusal.
    if (result->refusal && !done(result->state)) co_return status_of_refusal(*result->refusal);
    co_return std::move(result->state);
}

asio::awaitable<rpc::Result<Snapshot>> Creation::collect(std::string id) {
    const auto keys = plan_.keys.of_draft(generation_);
    auto step = pay_step("pay", {});
    step.customer = plan_.request.stripe_customer_id();
    auto result = co_await take_step(invoices_, std::move(step), id, keys, budget_);
    if (!result) co_return result.error();
    // A decline is a result: the invoice stays open, unless somebody paid it meanwhile.
    if (result->refusal && !result->state.paid()) payment_error_ = payment_error_of(*result->refusal);
    co_return std::move(result->state);
}

asio::awaitable<void> Creation::discard(std::string id, StatusCode why) {
    const CallBudget until{steady_clock::now() + kDiscardTime};
    if (plan_.collect_later) {
        // A released draft is still a draft, and Stripe would delete it. A caller whose time is over may already have
        // retried elsewhere and have got this draft. So the draft is left to the retry or to the sweep.
        if (why == StatusCode::CANCELLED || why == StatusCode::DEADLINE_EXCEEDED) co_return;
        const auto state = co_await invoices_.get(id, until);
        if (!state || !state->metadata(kMetadataReleased).empty()) co_return;
    }
    // Stripe deletes only drafts, so an invoice that was finalised meanwhile is safe.
    co_await invoices_.remove_draft(id, until);
}

asio::awaitable<void> Creation::discard_unreachable_drafts() {
    DraftQuery query{plan_.request.stripe_customer_id(), std::nullopt, {}};
    const auto generation = std::to_string(generation_);
    for (int n = 0; n < kDiscardPages; ++n) {
        const auto page = co_await invoices_.drafts(query, budget_);
        if (!page) co_return;  // the sweep will find them
        for (const auto& draft : page->drafts) {
            if (draft.key != plan_.request.idempotency_key() || draft.generation != generation) continue;
            co_await invoices_.remove_draft(draft.id, budget_);
        }
        if (!page->has_more || page->drafts.empty()) co_return;
        query.starting_after = page->drafts.back().id;
    }
}

}  // namespace quittance::stripe_gateway
