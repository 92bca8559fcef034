// The emulator as the tests' Stripe, and the requests by which tests read its objects.
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

#include "fixture.hpp"
#include "http/client/client.hpp"
#include "loop.hpp"
#include "stripe/form.hpp"
#include "support/patience.hpp"
#include "support/process.hpp"

namespace quittance::stripe_gateway::test {

namespace {

namespace json = boost::json;
using std::chrono::steady_clock;

const std::string kApiKey = "sk_test_gateway_tests_0123456789";

// Seed 0: no two emulators give the same ids.
std::map<std::string, std::string> emulator_environment(const std::string& api_version, const std::string& account) {
    std::map<std::string, std::string> environment{{"EMULATOR_LISTEN", "127.0.0.1:0"},
                                                   {"METRICS_LISTEN", "127.0.0.1:0"},
                                                   {"EMULATOR_API_KEYS", kApiKey},
                                                   {"EMULATOR_SEED", "0"},
                                                   {"EMULATOR_API_VERSION", api_version}};
    if (!account.empty()) environment["EMULATOR_ACCOUNT"] = account;
    return environment;
}

}  // namespace

struct Emulator::State {
    State(const std::string& api_version, const std::string& account)
        : process({quittance::test::our_program("quittance-stripe-emulator"),
                   {},
                   emulator_environment(api_version, account)}) {}

    quittance::test::Process process;
    Loop loop;
    std::unique_ptr<http::Client> client;
    std::string url;

    http::ClientResponse send(http::ClientRequest request) {
        auto result = loop.run(client->send(std::move(request), steady_clock::now() + kPatience));
        if (const auto* failure = std::get_if<http::ClientFailure>(&result))
            throw std::runtime_error("the emulator does not answer: " + failure->reason);
        return std::get<http::ClientResponse>(std::move(result));
    }

    http::ClientResponse call(const std::string& method, const std::string& path, const json::object& parameters,
                              const std::string& connected = {}) {
        http::ClientRequest request{method, path, {{"Authorization", "Bearer " + kApiKey}}, {}};
        request.headers.push_back({"Stripe-Version", "2023-10-16"});
        if (!connected.empty()) request.headers.push_back({"Stripe-Account", connected});
        const auto form = stripe::encode_form(parameters);
        if (method == "POST") {
            request.headers.push_back({"Content-Type", "application/x-www-form-urlencoded"});
            request.body = form;
        } else if (!form.empty()) {
            request.target += "?" + form;
        }
        return send(std::move(request));
    }

    // Of the emulator's own switches.
    json::value control(const std::string& method, const std::string& path, const json::value& body = {}) {
        http::ClientRequest request{method, "/_emulator/" + path, {{"Content-Type", "application/json"}}, {}};
        if (!body.is_null()) request.body = json::serialize(body);
        const auto response = send(std::move(request));
        if (response.status / 100 != 2) throw std::runtime_error("the emulator refuses " + path + ": " + response.body);
        return json::parse(response.body);
    }
};

Emulator::Emulator(const std::string& api_version, const std::string& account)
    : state_(std::make_unique<State>(api_version, account)) {
    state_->process.wait_until_ready();
    state_->url = "http://" + state_->process.address("EMULATOR_LISTEN");
    http::ClientOptions options;
    options.base_url = state_->url;
    options.connect_time = kPatience;
    state_->client = std::make_unique<http::Client>(state_->loop.context, options);
}

Emulator::~Emulator() = default;

Emulator& Emulator::shared() {
    static Emulator emulator;
    return emulator;
}

const std::string& Emulator::url() const {
    return state_->url;
}

std::string Emulator::api_key() {
    return kApiKey;
}

json::object Emulator::call(const std::string& method, const std::string& path, const json::object& parameters,
                            const std::string& connected) {
    const auto response = state_->call(method, path, parameters, connected);
    if (response.status / 100 != 2) throw std::runtime_error(method + " " + path + ": " + response.body);
    return json::parse(response.body).as_object();
}

void Emulator::connect(const std::string& account, const std::string& platform) {
    state_->control("POST", "accounts", json::object{{"id", account}, {"connected_to", platform}});
}

void Emulator::add_account(const std::string& account, const std::string& key) {
    state_->control("POST", "accounts", json::object{{"id", account}, {"keys", json::array{key}}});
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
    state_->control("POST", "faults", rule);
}

void Emulator::behave() {
    state_->control("DELETE", "faults");
}

bool Emulator::struck() {
    const auto rules = state_->control("GET", "faults");
    for (const auto& rule : rules.as_array())
        if (rule.at("struck").to_number<int>() > 0) return true;
    return false;
}

void Emulator::release(bool drop) {
    state_->control("POST", "release", {{"drop", drop}});
}

std::vector<json::object> Emulator::newest_calls(int count) {
    const auto page = state_->control("GET", "state?section=requests&limit=" + std::to_string(count));
    std::vector<json::object> calls;
    for (const auto& call : page.at("data").as_array()) calls.push_back(call.as_object());
    return calls;
}

void Emulator::restrict(const std::string& key, json::array permissions) {
    state_->control("POST", "restricted_keys", json::object{{"key", key}, {"permissions", std::move(permissions)}});
}

void Emulator::forget_keys() {
    state_->control("POST", "idempotency/prune", {{"older_than_seconds", 0}});
}

std::vector<json::object> Emulator::invoices_of(const std::string& customer) {
    const auto list = call("GET", "/v1/invoices", {{"customer", customer}, {"limit", 100}});
    std::vector<json::object> invoices;
    for (const auto& element : list.at("data").as_array()) {
        const auto& invoice = element.as_object();
        const auto& metadata = invoice.at("metadata").as_object();
        if (text_of(invoice, "status") == "void" && metadata.contains("quittance_abandoned")) continue;
        invoices.push_back(invoice);
    }
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

}  // namespace quittance::stripe_gateway::test
