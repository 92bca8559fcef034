// What the request pipeline refuses: keys, versions, addresses, parameters, each with Stripe's wording
// (fixtures/rest_errors.json).
#include "emulator.hpp"

using namespace quittance::stripe_emulator;
using namespace quittance::stripe_emulator::test;

namespace {

const json::object& recorded(const json::value& errors, std::string_view name) {
    for (const auto& entry : errors.as_array()) {
        if (entry.as_object().at("name") == json::value(name)) return entry.as_object();
    }
    FAIL("no such recorded error: " << name);
    throw std::logic_error("unreachable");
}

Reply raw_call(Emulator& emulator, OptionalText authorization, const std::string& path = "/v1/customers") {
    RawCall raw;
    raw.method = "GET";
    raw.path = path;
    raw.authorization = std::move(authorization);
    auto answer = emulator.api.answer(std::move(raw), emulator.now);
    return {answer.status, json::parse(answer.body), std::move(answer.headers)};
}

}  // namespace

TEST_CASE("Stripe's words for what it refuses") {
    Emulator emulator;
    const auto customer = emulator.customer();
    const auto open = emulator.open(customer, 500);
    const auto paid = emulator.open(customer, 500);
    emulator.post("/v1/invoices/" + paid + "/pay", "payment_method=" + emulator.card(customer));
    const auto errors = fixture("rest_errors.json");
    const std::pair<const char*, Reply> cases[] = {
        {"no api key", raw_call(emulator, std::nullopt)},
        {"missing param", emulator.post("/v1/invoices")},
        {"unknown param", emulator.post("/v1/invoices", "customer=" + customer + "&foo=1")},
        {"empty param", emulator.post("/v1/invoices", "customer=")},
        {"bad integer", emulator.post("/v1/invoiceitems", "customer=" + customer + "&amount=10.5")},
        {"no such customer (as a parameter)", emulator.post("/v1/invoices", "customer=cus_nope")},
        {"no such customer (in the path)", emulator.get("/v1/customers/cus_nope")},
        {"no such invoice (GET)", emulator.get("/v1/invoices/in_nope")},
        {"no such invoice (POST pay, finalize, void, mark_uncollectible)", emulator.post("/v1/invoices/in_nope/pay")},
        {"payment method not attached",
         emulator.post("/v1/invoices", "customer=" + customer + "&default_payment_method=pm_x")},
        {"no payment method to charge", emulator.post("/v1/invoices/" + open + "/pay")},
        {"finalize non-draft", emulator.post("/v1/invoices/" + open + "/finalize")},
        {"pay paid", emulator.post("/v1/invoices/" + paid + "/pay")},
        {"void paid", emulator.post("/v1/invoices/" + paid + "/void")},
        {"void/mark not open", emulator.post("/v1/invoices/" + paid + "/mark_uncollectible")},
        {"delete non-draft", emulator.call("DELETE", "/v1/invoices/" + open)},
        {"edit finalized", emulator.post("/v1/invoices/" + open, "description=x")},
        {"add line to finalized", emulator.post("/v1/invoices/" + open + "/add_lines", "lines[0][amount]=1")},
        {"send_invoice without due date",
         emulator.post("/v1/invoices", "customer=" + customer + "&collection_method=send_invoice")},
        {"unrecognized url", emulator.get("/v1/nope")},
    };
    for (const auto& [name, reply] : cases) {
        INFO(name);
        const auto& wanted = recorded(errors, name);
        CHECK(reply.status == wanted.at("status").as_int64());
        CHECK(reply.body == wanted.at("body"));
        CHECK_FALSE(reply.header("Request-Id").empty());
        CHECK(reply.header("Stripe-Version") == "2023-10-16");
        if (const auto* realm = wanted.at("headers").as_object().if_contains("WWW-Authenticate")) {
            CHECK(reply.header("WWW-Authenticate") == std::string_view(realm->as_string()));
        }
    }
}

TEST_CASE("API keys") {
    Emulator emulator;
    CHECK(raw_call(emulator, "Bearer sk_test_1234").status == 200);
    CHECK(raw_call(emulator, "bearer rk_test_1234").status == 200);
    CHECK(raw_call(emulator, "Basic c2tfdGVzdF8xMjM0NTY6").status == 200);  // sk_test_123456:
    CHECK(raw_call(emulator, "Bearer sk_test_12").status == 401);
    CHECK(raw_call(emulator, "Bearer ").status == 401);
    CHECK(raw_call(emulator, "Digest x").status == 401);
    const auto refused = raw_call(emulator, "Bearer pk_test_12345678901234");
    CHECK(refused.status == 401);
    CHECK(refused.error_text("message") == "Invalid API Key provided: pk_test_**********1234");

    RequestPipeline strict(emulator.accounts, schema(), emulator.faults, {"sk_test_only_this"});
    RawCall raw;
    raw.method = "GET";
    raw.path = "/v1/customers";
    raw.authorization = "Bearer sk_test_123456789";
    CHECK(strict.answer(raw, emulator.now).status == 401);
    raw.authorization = "Bearer sk_test_only_this";
    CHECK(strict.answer(raw, emulator.now).status == 200);
    raw.account = "acct_somebody_else";
    CHECK(strict.answer(raw, emulator.now).status == 403);
}

TEST_CASE("parameters are checked against the schema of the version") {
    Emulator emulator;
    const auto customer = emulator.customer();
    const auto refused = [&](const std::string& path, const std::string& form) {
        const auto reply = emulator.post(path, form);
        CHECK(reply.status == 400);
        return reply.error_text("param") + ": " + reply.error_text("code");
    };
    CHECK(refused("/v1/invoices", "customer=" + customer + "&metadata=x") == "metadata: ");
    CHECK(refused("/v1/invoices", "customer=" + customer + "&auto_advance=yes") == "auto_advance: ");
    CHECK(refused("/v1/invoices", "customer=" + customer + "&custom_fields[0][nome]=x") ==
          "custom_fields[0][nome]: parameter_unknown");
    CHECK(refused("/v1/invoices", "customer=" + customer + "&custom_fields[0][name]=x") ==
          "custom_fields[0][value]: parameter_missing");
    CHECK(refused("/v1/invoices", "customer=" + customer + "&days_until_due=1e1") ==
          "days_until_due: parameter_invalid_integer");
    CHECK(refused("/v1/invoices", "customer[a]=b") == "customer: ");
    CHECK(refused("/v1/invoices", "customer=" + customer + "&description=" + std::string(1501, 'x')) ==
          "description: ");
    CHECK(refused("/v1/invoices", "customer=" + customer + "&metadata[" + std::string(41, 'k') + "]=v") ==
          "metadata: ");
    CHECK(refused("/v1/invoices", "customer=" + customer + "&metadata[k]=" + std::string(501, 'v')) == "metadata[k]: ");
    CHECK(refused("/v1/invoiceitems", "customer=" + customer + "&amount=9223372036854775808") ==
          "amount: parameter_invalid_integer");
    CHECK(refused("/v1/invoiceitems", "customer=" + customer + "&period[start]=1") == "period[end]: parameter_missing");
    CHECK(refused("/v1/invoices", "a[b=1") == "a[b: ");
    // Each version knows its own parameters.
    CHECK(refused("/v1/invoices", "customer=" + customer + "&issuer[type]=self") == "issuer: parameter_unknown");
    emulator.version = "2026-10-28.endive";
    CHECK(emulator.post("/v1/invoices", "customer=" + customer + "&issuer[type]=self").status == 200);
    CHECK(refused("/v1/invoices", "customer=" + customer + "&rendering_options[amount_tax_display]=x") ==
          "rendering_options: parameter_unknown");
    CHECK(refused("/v1/invoiceitems", "customer=" + customer + "&unit_amount=5") == "unit_amount: parameter_unknown");
    CHECK(emulator.get("/v1/invoices", "status=weird").error_text("param") == "status");
    CHECK(emulator.get("/v1/invoices", "status=weird").error_text("message") ==
          "Invalid status: must be one of draft, open, paid, uncollectible, or void");
    CHECK(emulator.call("DELETE", "/v1/invoices/in_x", "why=not").error_text("code") == "parameter_unknown");
}

TEST_CASE("metadata is merged key by key") {
    Emulator emulator;
    const auto id = emulator.draft(emulator.customer(), "&metadata[a]=1&metadata[b]=2");
    CHECK(emulator.post("/v1/invoices/" + id, "metadata[a]=&metadata[c]=3").object().at("metadata") ==
          json::parse(R"({"b":"2","c":"3"})"));
    CHECK(emulator.post("/v1/invoices/" + id, "metadata=").object().at("metadata") == json::object{});
}

TEST_CASE("JSON bodies are refused") {
    Emulator emulator;
    RawCall raw;
    raw.method = "POST";
    raw.path = "/v1/customers";
    raw.authorization = "Bearer sk_test_123456789";
    raw.content_type = "application/json";
    raw.body = R"({"name":"Ada"})";
    CHECK(emulator.api.answer(raw, emulator.now).status == 400);
}

TEST_CASE("a restricted key may do what it was given, and Stripe names what lacks") {
    Emulator emulator;
    const std::string key = "rk_test_51abcdefghijklmnop";
    const auto with_key = [&](const char* method, const char* path, const char* body = "") {
        RawCall raw;
        raw.method = method;
        raw.path = path;
        raw.body = body;
        raw.authorization = "Bearer " + key;
        auto answer = emulator.api.answer(std::move(raw), emulator.now);
        return Reply{answer.status, json::parse(answer.body), std::move(answer.headers)};
    };
    CHECK(with_key("POST", "/v1/customers").status == 200);
    emulator.api.permissions().restrict(key, {"rak_invoice_write", "rak_customer_read"});
    const auto refused = with_key("POST", "/v1/customers");
    CHECK(refused.status == 403);
    CHECK(refused.error_text("type") == "invalid_request_error");
    CHECK(refused.error_text("code") == "more_permissions_required");
    CHECK(refused.error_text("message") ==
          "The provided key 'rk_test_**************mnop' does not have the required permissions for this endpoint on "
          "account 'acct_1QtncEMu1at0rXy7'. Having the 'rak_customer_write' permission would allow this request to "
          "continue.");
    CHECK(with_key("GET", "/v1/customers").status == 200);
    CHECK(with_key("GET", "/v1/invoices").status == 200);  // writing includes reading
    CHECK(with_key("GET", "/v1/invoiceitems").status == 200);
    CHECK(with_key("GET", "/v1/events").status == 403);
    CHECK(with_key("POST", "/v1/invoices").status == 400);  // admitted, and then without a customer
    emulator.api.permissions().restrict(key, {});
    CHECK(with_key("GET", "/v1/invoices").error_text("message").find("'rak_invoice_read'") != std::string::npos);
}

TEST_CASE("what a path belongs to, in the names of permissions") {
    CHECK(resource_of("/v1/invoices/{invoice}/pay") == "invoice");
    CHECK(resource_of("/v1/invoiceitems") == "invoice");
    CHECK(resource_of("/v1/payment_methods/{payment_method}/attach") == "payment_method");
    CHECK(resource_of("/v1/webhook_endpoints") == "webhook");
}
