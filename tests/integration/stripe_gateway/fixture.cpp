#include "fixture.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>
#include <future>

#include "http/client.hpp"
#include "rpc/client.hpp"
#include "rpc/server.hpp"
#include "runtime/identifier.hpp"
#include "runtime/log.hpp"
#include "stripe/form.hpp"
#include "stripe_gateway/endpoint.hpp"
#include "stripe_gateway/sweep.hpp"
#include "support/process.hpp"

namespace quittance::stripe_gateway::test {

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{30};
const std::string kApiKey = "sk_test_gateway_tests_0123456789";

// A loop on a thread of its own.
class Loop {
  public:
    Loop() : work_(asio::make_work_guard(context)), thread_([this] { context.run(); }) {}
    ~Loop() {
        work_.reset();
        context.stop();
        thread_.join();
    }

    template <class T>
    T run(asio::awaitable<T> work) {
        return asio::co_spawn(context, std::move(work), asio::use_future).get();
    }

    asio::io_context context{1};

  private:
    asio::executor_work_guard<asio::io_context::executor_type> work_;
    std::thread thread_;
};

std::map<std::string, std::string> emulator_environment() {
    return {{"EMULATOR_LISTEN", "127.0.0.1:0"}, {"METRICS_LISTEN", "127.0.0.1:0"}, {"EMULATOR_API_KEYS", kApiKey}};
}

}  // namespace

struct Emulator::State {
    quittance::test::Process process{
        {quittance::test::our_program("quittance-stripe-emulator"), {}, emulator_environment()}};
    Loop loop;
    std::unique_ptr<http::Client> client;
    std::string url;

    http::ClientResponse send(http::ClientRequest request) {
        auto result = loop.run(client->send(std::move(request), steady_clock::now() + kPatience));
        if (const auto* failure = std::get_if<http::ClientFailure>(&result))
            throw std::runtime_error("the emulator does not answer: " + failure->reason);
        return std::get<http::ClientResponse>(std::move(result));
    }

    http::ClientResponse call(const std::string& method, const std::string& path, const json::object& parameters) {
        http::ClientRequest request{method, path, {{"Authorization", "Bearer " + kApiKey}}, {}};
        request.headers.push_back({"Stripe-Version", "2023-10-16"});
        const auto form = stripe::encode_form(parameters);
        if (method == "POST") {
            request.headers.push_back({"Content-Type", "application/x-www-form-urlencoded"});
            request.body = form;
        } else if (!form.empty()) {
            request.target += "?" + form;
        }
        return send(std::move(request));
    }
};

Emulator::Emulator() : state_(std::make_unique<State>()) {
    state_->process.wait_until_ready();
    state_->url = "http://" + state_->process.address("EMULATOR_LISTEN");
    http::ClientOptions options;
    options.base_url = state_->url;
    state_->client = std::make_unique<http::Client>(state_->loop.context, options);
}

Emulator::~Emulator() = default;

Emulator& Emulator::shared() {
    static Emulator emulator;
    // What the gateway warns of is what the tests provoke.
    static const bool kQuiet = (runtime::start_log("test", "text", "error"), true);
    REQUIRE(kQuiet);
    return emulator;
}

const std::string& Emulator::url() const {
    return state_->url;
}

std::string Emulator::api_key() {
    return kApiKey;
}

json::object Emulator::call(const std::string& method, const std::string& path, const json::object& parameters) {
    const auto response = state_->call(method, path, parameters);
    if (response.status / 100 != 2) throw std::runtime_error(method + " " + path + ": " + response.body);
    return json::parse(response.body).as_object();
}

int Emulator::status_of(const std::string& method, const std::string& path, const json::object& parameters) {
    return state_->call(method, path, parameters).status;
}

Customer Emulator::customer(const std::string& card) {
    Customer made;
    made.id = text_of(call("POST", "/v1/customers", {{"name", "John Doe"}, {"email", "john.doe@example.com"}}), "id");
    made.payment_method =
        text_of(call("POST", "/v1/payment_methods/" + card + "/attach", {{"customer", made.id}}), "id");
    call("POST", "/v1/customers/" + made.id, {{"invoice_settings", {{"default_payment_method", made.payment_method}}}});
    return made;
}

void Emulator::misbehave(json::object rule) {
    http::ClientRequest request{"POST", "/_emulator/faults", {{"Content-Type", "application/json"}}, {}};
    request.body = json::serialize(rule);
    const auto response = state_->send(std::move(request));
    if (response.status / 100 != 2) throw std::runtime_error("the emulator refuses a fault: " + response.body);
}

void Emulator::behave() {
    http::ClientRequest request{"DELETE", "/_emulator/faults", {}, {}};
    const auto response = state_->send(std::move(request));
    if (response.status / 100 != 2) throw std::runtime_error("the emulator keeps its faults: " + response.body);
}

std::vector<json::object> Emulator::invoices_of(const std::string& customer) {
    const auto list = call("GET", "/v1/invoices", {{"customer", customer}, {"limit", 100}});
    std::vector<json::object> invoices;
    for (const auto& element : list.at("data").as_array()) invoices.push_back(element.as_object());
    return invoices;
}

std::vector<json::object> Emulator::lines_of(const std::string& invoice) {
    std::vector<json::object> lines;
    for (bool more = true; more;) {
        json::object parameters{{"limit", 100}};
        if (!lines.empty()) parameters["starting_after"] = text_of(lines.back(), "id");
        const auto list = call("GET", "/v1/invoices/" + invoice + "/lines", parameters);
        for (const auto& element : list.at("data").as_array()) lines.push_back(element.as_object());
        more = list.at("has_more").as_bool();
    }
    return lines;
}

json::object Outcome::json() const {
    return json::parse(answer.json()).as_object();
}

struct RunningGateway::State {
    explicit State(const RunningGatewayOptions& options)
        : client(loop.context, client_options(options)),
          calls(client, limits(options), metrics),
          gateway(invoices, {"eur", options.description, options.footer}, metrics) {
        channel = rpc::make_channel({server.address(), 8 * 1024 * 1024, {}, {}, {}});
        stub = v1::StripeGateway::NewStub(channel);
    }

    ~State() { server.shutdown(std::chrono::system_clock::now() + std::chrono::seconds(10)); }

    static StripeClientOptions client_options(const RunningGatewayOptions& options) {
        StripeClientOptions made;
        made.http.base_url = options.stripe_url.empty() ? Emulator::shared().url() : options.stripe_url;
        made.http.connections = 256;
        made.api_key = options.api_key.empty() ? kApiKey : options.api_key;
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
        made.rate = {0, 0};
        made.try_time = options.try_time;
        return made;
    }

    runtime::Metrics metrics;
    Loop loop;
    StripeClient client;
    Calls calls;
    Invoices invoices{calls, "default"};
    Gateway gateway;
    Endpoint endpoint{loop.context, gateway, metrics};
    rpc::Server server{rpc::ServerOptions{}, {&endpoint}};
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

int RunningGateway::sweep(std::chrono::seconds after) {
    SweepOptions options;
    options.after = after;
    Sweep sweep(state_->invoices, options, state_->metrics);
    return state_->loop.run(sweep.once());
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
