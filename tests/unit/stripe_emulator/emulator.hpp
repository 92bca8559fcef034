// The emulator's accounts behind its request pipeline, called without a network.
#pragma once

#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "stripe_emulator/billing/billing.hpp"
#include "stripe_emulator/http/request_pipeline.hpp"

namespace quittance::stripe_emulator::test {

namespace json = boost::json;

constexpr std::int64_t kStart = 1'700'000'000;

struct Reply {
    int status = 0;
    json::value body;
    std::vector<std::pair<std::string, std::string>> headers;

    const json::object& object() const { return body.as_object(); }
    std::string text(std::string_view name) const { return std::string(object().at(name).as_string()); }
    std::int64_t integer(std::string_view name) const { return object().at(name).as_int64(); }
    const json::object& error() const { return object().at("error").as_object(); }
    std::string error_text(std::string_view name) const {
        const auto* member = error().if_contains(name);
        return member == nullptr ? "" : std::string(member->as_string());
    }
    std::string header(std::string_view name) const {
        for (const auto& [key, value] : headers) {
            if (key == name) return value;
        }
        return "";
    }
};

inline const Schema& schema() {
    static const Schema kSchema(embedded_openapi_subset(), embedded_schema_additions(), embedded_sdk_parameters());
    return kSchema;
}

struct Emulator {
    Accounts accounts;
    Account& account;  // the first of them
    Faults faults{42};
    RequestPipeline api{accounts, schema(), faults, {}};
    Now now{kStart, 0};
    std::string version;
    std::string key = "sk_test_123456789";
    OptionalText stripe_account;

    explicit Emulator(std::string api_version = "2023-10-16")
        : accounts(settings(std::move(api_version))), account(accounts.first()) {}

    static AccountSettings settings(std::string api_version) {
        AccountSettings made;
        made.api_version = std::move(api_version);
        made.seed = 7;
        return made;
    }

    Reply call(std::string method, std::string path, std::string form = "", OptionalText once = std::nullopt) {
        RawCall raw;
        raw.method = std::move(method);
        raw.path = std::move(path);
        (raw.method == "POST" ? raw.body : raw.query) = std::move(form);
        raw.authorization = "Bearer " + key;
        raw.account = stripe_account;
        raw.idempotency_key = std::move(once);
        if (!version.empty()) raw.version = version;
        auto answer = api.answer(std::move(raw), now);
        return {answer.status, json::parse(answer.body), std::move(answer.headers)};
    }
    Reply post(std::string path, std::string form = "", OptionalText once = std::nullopt) {
        return call("POST", std::move(path), std::move(form), std::move(once));
    }
    Reply get(std::string path, std::string form = "") { return call("GET", std::move(path), std::move(form)); }

    std::string customer(const std::string& form = "name=Ada") { return post("/v1/customers", form).text("id"); }
    // A customer's own card by one of the shared test ids.
    std::string card(const std::string& customer_id, const std::string& shared = "pm_card_visa") {
        return post("/v1/payment_methods/" + shared + "/attach", "customer=" + customer_id).text("id");
    }
    std::string draft(const std::string& customer_id, const std::string& more = "") {
        const auto reply = post(
            "/v1/invoices", "customer=" + customer_id + "&currency=eur&pending_invoice_items_behavior=exclude" + more);
        REQUIRE(reply.status == 200);
        return reply.text("id");
    }
    void line(const std::string& invoice, std::int64_t amount) {
        REQUIRE(post("/v1/invoices/" + invoice + "/add_lines", "lines[0][amount]=" + std::to_string(amount)).status ==
                200);
    }
    // An open invoice over `amount`.
    std::string open(const std::string& customer_id, std::int64_t amount, const std::string& more = "") {
        const auto id = draft(customer_id, more);
        line(id, amount);
        REQUIRE(post("/v1/invoices/" + id + "/finalize").text("status") == "open");
        return id;
    }

    std::vector<std::string> event_types() const {
        std::vector<std::string> types;
        for (const auto& event : account.events.rows()) types.push_back(event.type);
        return types;
    }
    std::vector<std::string> event_types_since(std::size_t first) const {
        auto types = event_types();
        types.erase(types.begin(), types.begin() + static_cast<std::ptrdiff_t>(first));
        return types;
    }
    std::size_t events() const { return account.events.size(); }
};

inline json::value fixture(const std::string& name) {
    std::ifstream file(std::string(QUITTANCE_TEST_DATA) + "/stripe/fixtures/" + name);
    REQUIRE(file);
    std::ostringstream text;
    text << file.rdbuf();
    return json::parse(text.str());
}

}  // namespace quittance::stripe_emulator::test
