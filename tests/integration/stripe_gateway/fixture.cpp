#include "fixture.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

#include "loop.hpp"
#include "rpc/client/client.hpp"
#include "rpc/server/server.hpp"
#include "runtime/identifier.hpp"
#include "stripe_gateway/api/grpc_service.hpp"
#include "stripe_gateway/creation/unfinished_sweep.hpp"
#include "support/patience.hpp"

namespace quittance::stripe_gateway::test {

namespace {

namespace json = boost::json;

}  // namespace

json::object Outcome::json() const {
    return json::parse(answer.json()).as_object();
}

struct RunningGateway::State {
    explicit State(const RunningGatewayOptions& options)
        : accounts(open(options)), handlers(accounts, {"eur", options.description, options.footer}, metrics) {
        server.set_serving(true);
        channel = rpc::make_channel({.address = server.address(), .transport = rpc::Transport::plaintext()});
        stub = v1::StripeGateway::NewStub(channel);
    }

    // Too soon for a handover, which nobody waits for here.
    ~State() { server.shutdown(std::chrono::system_clock::now() + std::chrono::milliseconds(500)); }

    std::vector<std::unique_ptr<StripeAccount>> open(const RunningGatewayOptions& options) {
        std::vector<std::unique_ptr<StripeAccount>> opened;
        const auto add = [&](const std::string& label, const std::string& url) {
            const AccountOptions account{label, client_options(options, url), limits(options)};
            opened.push_back(std::make_unique<StripeAccount>(loop.context, account, metrics));
        };
        add("default", options.stripe_url.empty() ? Emulator::shared().url() : options.stripe_url);
        for (const auto& other : options.others) add(other.label, other.stripe_url);
        return opened;
    }

    static StripeClientOptions client_options(const RunningGatewayOptions& options, const std::string& url) {
        StripeClientOptions made;
        made.http.base_url = url;
        made.http.connections = 256;
        made.http.connect_time = kPatience;  // within a try's own time
        made.api_key = options.api_key.empty() ? Emulator::api_key() : options.api_key;
        made.api_version = options.api_version;
        return made;
    }

    static CallLimits limits(const RunningGatewayOptions& options) {
        CallLimits made;
        // The waits are tested as a pure function; here they would only be waited for.
        made.retry.base_wait = std::chrono::milliseconds(20);
        made.retry.longest_wait = std::chrono::milliseconds(200);
        made.retry.shortest_wait = std::chrono::milliseconds(2);
        made.retry.attempts = options.attempts;
        made.rate = options.rate;
        made.circuit = options.circuit;
        made.try_time = options.try_time;
        return made;
    }

    runtime::Metrics metrics;
    Loop loop;
    Accounts accounts;
    Handlers handlers;
    GrpcService service{loop.context, handlers, metrics};
    rpc::Server server{rpc::ServerOptions{.transport = rpc::Transport::plaintext()}, {service.generated()}};
    const std::string address = server.address();
    std::shared_ptr<grpc::Channel> channel;
    std::unique_ptr<v1::StripeGateway::Stub> stub;
};

namespace {

template <class Request>
Outcome run(v1::StripeGateway::Stub& stub,
            grpc::Status (v1::StripeGateway::Stub::*method)(grpc::ClientContext*, const Request&, v1::StripeInvoice*),
            const Request& request, std::chrono::milliseconds time = kPatience) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + time);
    context.set_wait_for_ready(true);  // the server listens; a busy machine may take a while to connect
    Outcome outcome;
    const auto status = (stub.*method)(&context, request, &outcome.answer);
    outcome.code = status.error_code();
    outcome.message = status.error_message();
    outcome.detail = rpc::detail_of(status);
    return outcome;
}

}  // namespace

RunningGateway::RunningGateway(RunningGatewayOptions options) : state_(std::make_unique<State>(options)) {}
RunningGateway::~RunningGateway() = default;

v1::StripeGateway::Stub& RunningGateway::stub() {
    return *state_->stub;
}

const std::string& RunningGateway::address() const {
    return state_->address;
}

Outcome RunningGateway::create(const v1::CreateInvoiceRequest& request, std::chrono::milliseconds time) {
    return run(stub(), &v1::StripeGateway::Stub::CreateInvoice, request, time);
}

Outcome RunningGateway::retrieve(const std::string& invoice) {
    v1::RetrieveInvoiceRequest request;
    request.set_stripe_invoice_id(invoice);
    return run(stub(), &v1::StripeGateway::Stub::RetrieveInvoice, request);
}

Outcome RunningGateway::pay(const std::string& invoice, const std::string& key, const std::string& payment_method) {
    v1::PayInvoiceRequest request;
    request.set_stripe_invoice_id(invoice);
    request.set_idempotency_key(key);
    request.set_payment_method_id(payment_method);
    return run(stub(), &v1::StripeGateway::Stub::PayInvoice, request);
}

Outcome RunningGateway::finalise(const std::string& invoice, const std::string& key) {
    v1::FinalizeInvoiceRequest request;
    request.set_stripe_invoice_id(invoice);
    request.set_idempotency_key(key);
    return run(stub(), &v1::StripeGateway::Stub::FinalizeInvoice, request);
}

Outcome RunningGateway::make_void(const std::string& invoice, const std::string& key) {
    v1::VoidInvoiceRequest request;
    request.set_stripe_invoice_id(invoice);
    request.set_idempotency_key(key);
    return run(stub(), &v1::StripeGateway::Stub::VoidInvoice, request);
}

Outcome RunningGateway::mark_uncollectible(const std::string& invoice, const std::string& key) {
    v1::MarkInvoiceUncollectibleRequest request;
    request.set_stripe_invoice_id(invoice);
    request.set_idempotency_key(key);
    return run(stub(), &v1::StripeGateway::Stub::MarkInvoiceUncollectible, request);
}

Outcome RunningGateway::send(const std::string& invoice, const std::string& key) {
    v1::SendInvoiceRequest request;
    request.set_stripe_invoice_id(invoice);
    request.set_idempotency_key(key);
    return run(stub(), &v1::StripeGateway::Stub::SendInvoice, request);
}

int RunningGateway::sweep(std::chrono::seconds after) {
    SweepOptions options;
    options.after = after;
    Sweep sweep(*state_->accounts.find("default"), options, state_->metrics);
    return state_->loop.run(sweep.once());
}

std::string RunningGateway::readiness() {
    return state_->accounts.all().front()->describe(std::chrono::steady_clock::now());
}

std::string RunningGateway::metrics_text() {
    return state_->metrics.text();
}

v1::CreateInvoiceRequest creation(const Customer& customer, const std::vector<std::int64_t>& amounts) {
    v1::CreateInvoiceRequest request;
    request.set_stripe_customer_id(customer.id);
    request.set_payment_method_id(customer.payment_method);
    request.set_idempotency_key(runtime::random_hex_128());
    for (const auto amount : amounts) {
        auto* item = request.add_items();
        item->set_name("Resources");
        item->set_amount_minor(amount);
    }
    return request;
}

std::vector<std::int64_t> many_amounts(int count) {
    std::vector<std::int64_t> amounts;
    for (int i = 0; i < count; ++i) amounts.push_back(i % 5 == 4 ? -10 * i : 100 + 7 * i);
    return amounts;
}

json::object check_exactly_one(const v1::CreateInvoiceRequest& request, std::string_view status) {
    auto& emulator = Emulator::shared();
    const auto invoices = emulator.invoices_of(request.stripe_customer_id());
    REQUIRE(invoices.size() == 1);
    CHECK(text_of(invoices[0], "status") == status);
    std::vector<std::int64_t> wanted;
    for (const auto& item : request.items()) wanted.push_back(item.amount_minor());
    std::vector<std::int64_t> found;
    for (const auto& line : emulator.lines_of(text_of(invoices[0], "id")))
        found.push_back(line.at("amount").as_int64());
    std::sort(wanted.begin(), wanted.end());
    std::sort(found.begin(), found.end());
    CHECK(found == wanted);
    return invoices[0];
}

std::string text_of(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value && value->is_string() ? std::string(value->as_string()) : std::string();
}

}  // namespace quittance::stripe_gateway::test
