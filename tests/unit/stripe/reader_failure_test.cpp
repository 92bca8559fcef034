// Why an attempt to collect failed, as the payment intent and the charge of the attempt tell it.
#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "stripe/reader.hpp"

namespace {

namespace json = boost::json;
namespace stripe = quittance::stripe;
using quittance::v1::InvoiceEvent;
using quittance::v1::PaymentFact;

constexpr std::int64_t kSecond = 1'699'283'264;

InvoiceEvent read(const std::string& type, const json::object& object) {
    const json::object body{{"id", "evt_1"},
                            {"object", "event"},
                            {"api_version", "2025-03-31.basil"},
                            {"created", kSecond},
                            {"data", {{"object", object}}},
                            {"type", type}};
    auto result = stripe::read_event(json::serialize(body));
    REQUIRE(result.has_value());
    CHECK(result->concerns_invoice);
    return std::move(result->event);
}

json::object with(json::object object, const json::object& changes) {
    for (const auto& [key, value] : changes) object[key] = value;
    return object;
}

const json::object kError{{"charge", "ch_1"},
                          {"code", "card_declined"},
                          {"decline_code", "insufficient_funds"},
                          {"message", "Your card has insufficient funds."}};
const json::object kIntent{
    {"id", "pi_1"},           {"object", "payment_intent"},          {"amount", 500},
    {"currency", "eur"},      {"status", "requires_payment_method"}, {"last_payment_error", kError},
    {"latest_charge", "ch_0"}};
const json::object kCharge{{"id", "ch_1"},
                           {"object", "charge"},
                           {"amount", 500},
                           {"currency", "eur"},
                           {"created", kSecond - 2},
                           {"payment_intent", "pi_1"},
                           {"status", "failed"},
                           {"failure_code", "card_declined"},
                           {"failure_message", "Your card has insufficient funds."},
                           {"outcome", {{"type", "issuer_declined"}, {"reason", "insufficient_funds"}}}};

PaymentFact intent_failed(const json::object& changes = {}) {
    return read("payment_intent.payment_failed", with(kIntent, changes)).payment_fact();
}

PaymentFact charge_failed(const json::object& changes = {}) {
    return read("charge.failed", with(kCharge, changes)).payment_fact();
}

}  // namespace

TEST_CASE("a payment intent and the charge of the attempt tell of one failure") {
    for (const auto& fact : {intent_failed(), charge_failed()}) {
        CHECK(fact.kind() == PaymentFact::PAYMENT_FAILURE);
        CHECK(fact.object_id() == "failure_of_ch_1");
        CHECK(fact.payment_intent_id() == "pi_1");
        CHECK(fact.charge_id() == "ch_1");
        CHECK(fact.stripe_invoice_id().empty());
        CHECK(fact.amount_minor() == 500);
        CHECK(fact.currency() == "eur");
        CHECK(fact.failure().code() == "card_declined");
        CHECK(fact.failure().decline_code() == "insufficient_funds");
        CHECK(fact.failure().message() == "Your card has insufficient funds.");
    }
    CHECK(intent_failed().failure().time().seconds() == kSecond);
    CHECK(charge_failed().failure().time().seconds() == kSecond - 2);
}

TEST_CASE("an attempt without a charge is told from others by its second") {
    auto error = kError;
    error.erase("charge");
    const auto fact = intent_failed({{"last_payment_error", error}});
    CHECK(fact.object_id() == "failure_of_pi_1_1699283264");
    CHECK(fact.charge_id().empty());
}

TEST_CASE("only a bank's reason is a decline code, and a failure always has a code") {
    const auto blocked = charge_failed(
        {{"failure_code", nullptr}, {"outcome", {{"type", "blocked"}, {"reason", "highest_risk_level"}}}});
    CHECK(blocked.failure().decline_code().empty());
    CHECK(blocked.failure().code() == "payment_refused");
}

TEST_CASE("before basil a failed payment names its invoice, or is of none") {
    CHECK(intent_failed({{"invoice", "in_1"}}).stripe_invoice_id() == "in_1");
    CHECK(charge_failed({{"invoice", {{"id", "in_1"}}}}).stripe_invoice_id() == "in_1");
    for (const auto& [type, object] :
         {std::pair("payment_intent.payment_failed", kIntent), std::pair("charge.failed", kCharge)}) {
        const auto event = read(type, with(object, {{"invoice", nullptr}}));
        CHECK_FALSE(event.has_payment_fact());
        CHECK(event.problem().empty());
    }
}

TEST_CASE("an expanded payment intent has the error of its last attempt, and the invoice") {
    auto error = kError;
    error["decline_code"] = "lost_card";
    const auto intent = with(kIntent, {{"invoice", "in_1"}, {"last_payment_error", error}});
    const auto last = charge_failed({{"payment_intent", intent}, {"invoice", nullptr}});
    CHECK(last.failure().decline_code() == "lost_card");
    CHECK(last.stripe_invoice_id() == "in_1");
    CHECK(last.payment_intent_id() == "pi_1");
    CHECK(charge_failed({{"id", "ch_2"}, {"payment_intent", intent}}).failure().decline_code() == "insufficient_funds");
}

TEST_CASE("a payment intent without an error tells of no failure") {
    const auto event = read("payment_intent.payment_failed", with(kIntent, {{"last_payment_error", nullptr}}));
    CHECK_FALSE(event.has_payment_fact());
    CHECK(event.problem().empty());
}

TEST_CASE("what cannot be stored is cut or is a problem") {
    std::string message;
    for (int i = 0; i < 600; ++i) message += "é";
    auto error = kError;
    error["message"] = message;
    error["code"] = std::string(300, 'x');
    const auto fact = intent_failed({{"last_payment_error", error}});
    CHECK(fact.failure().message() == message.substr(0, 1'000));
    CHECK(fact.failure().code().size() == 255);
    error["message"] = "x" + message;
    CHECK(intent_failed({{"last_payment_error", error}}).failure().message().size() == 999);
    for (const auto& changes :
         {json::object{{"id", std::string(250, 'c')}}, json::object{{"amount", -1}}, json::object{{"id", nullptr}}}) {
        const auto event = read("charge.failed", with(kCharge, changes));
        CHECK_FALSE(event.has_payment_fact());
        CHECK_FALSE(event.problem().empty());
    }
}
