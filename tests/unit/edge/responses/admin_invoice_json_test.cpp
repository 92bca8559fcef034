// The Admin API's JSON against the contract's recorded answers: first their keys, in their order, then ours.
#include <algorithm>
#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "edge/responses/invoice_json.hpp"
#include "edge/responses/payment_error.hpp"

using namespace quittance;  // NOLINT(google-build-using-namespace)
namespace json = boost::json;

namespace {

json::value contract(const std::string& name) {
    std::ifstream file(std::string(QUITTANCE_TEST_DATA) + "/contract/" + name);
    std::ostringstream text;
    text << file.rdbuf();
    REQUIRE(file);
    return json::parse(text.str());
}

// The recorded object's members are the front of ours, in order and equal; `ours` follow.
void check_front(const json::value& actual, const json::value& expected, const std::vector<std::string>& ours) {
    const auto& left = actual.as_object();
    const auto& right = expected.as_object();
    REQUIRE(left.size() == right.size() + ours.size());
    auto member = left.begin();
    for (const auto& [key, value] : right) {
        INFO(std::string(key));
        CHECK(member->key() == key);
        CHECK(member->value() == value);
        CHECK(member->value().kind() == value.kind());
        ++member;
    }
    for (const auto& key : ours) CHECK((member++)->key() == json::string_view(key));
}

// The invoice of the store that belongs to the recorded answer.
v1::Invoice recorded() {
    const auto expected = contract("admin_get_invoice.response.json");
    v1::Invoice invoice;
    invoice.set_id(std::string(expected.at("_id").as_string()));
    invoice.set_stripe_invoice_id(std::string(expected.at("invoiceId").as_string()));
    invoice.mutable_user()->set_id(std::string(expected.at("user").at("_id").as_string()));
    invoice.mutable_user()->set_name("John Doe");
    invoice.set_status("paid");
    invoice.set_amount_minor(3300);
    invoice.set_currency("eur");
    invoice.set_invoice_pdf_url(std::string(expected.at("invoicePdf").as_string()));
    invoice.mutable_create_time()->set_seconds(1'699'283'248);  // 2023-11-06T15:07:28Z
    invoice.mutable_create_time()->set_nanos(550'999'999);
    invoice.mutable_update_time()->set_seconds(1'699'283'266);
    invoice.mutable_update_time()->set_nanos(295'000'000);
    return invoice;
}

json::value rendered(const v1::Invoice& invoice) {
    return json::parse(edge::admin_invoice(invoice));
}

}  // namespace

TEST_CASE("one invoice of the Admin API is the recorded one, then our keys") {
    const auto expected = contract("admin_get_invoice.response.json");
    const auto actual = rendered(recorded());
    check_front(actual, expected, {"currency", "amountRefunded", "settlement"});
    check_front(actual.at("user"), expected.at("user"), {});
    CHECK(actual.at("currency") == "eur");
    CHECK(actual.at("amountRefunded") == 0);
    CHECK(actual.at("settlement") == "none");
}

TEST_CASE("a list of the Admin API is the recorded one") {
    const auto expected = contract("admin_list_invoices.response.json");
    v1::ListInvoicesResponse list;
    *list.add_invoices() = recorded();
    list.set_total_size(1);
    const auto actual = json::parse(edge::admin_list(list));
    const auto& members = actual.as_object();
    REQUIRE(members.size() == 2);
    CHECK(members.begin()->key() == "invoices");
    CHECK(actual.at("count") == 1);
    REQUIRE(actual.at("invoices").as_array().size() == 1);
    check_front(actual.at("invoices").at(0), expected.at("invoices").at(0),
                {"currency", "amountRefunded", "settlement"});

    *list.add_invoices() = recorded();
    list.set_total_size(9'007'199'254'740'993);
    const auto more = json::parse(edge::admin_list(list));
    CHECK(more.at("invoices").as_array().size() == 2);
    CHECK(more.at("count").as_int64() == 9'007'199'254'740'993);
    CHECK(edge::admin_list(v1::ListInvoicesResponse()) == R"({"invoices":[],"count":0})");
}

TEST_CASE("an invoice without a registration and without a PDF has nulls") {
    auto invoice = recorded();
    invoice.clear_user();
    invoice.clear_invoice_pdf_url();
    const auto actual = rendered(invoice);
    CHECK(actual.at("user").at("_id").is_null());
    CHECK(actual.at("user").at("name") == "");
    CHECK(actual.at("invoicePdf").is_null());
}

TEST_CASE("amounts are whole numbers to the last digit") {
    for (const std::int64_t amount : {std::int64_t{0}, std::int64_t{-3300}, std::int64_t{9'007'199'254'740'993},
                                      std::int64_t{INT64_MAX}, std::int64_t{INT64_MIN}}) {
        auto invoice = recorded();
        invoice.set_amount_minor(amount);
        CHECK(rendered(invoice).at("amount").as_int64() == amount);
    }
}

TEST_CASE("no text can break out of its string") {
    for (const auto& text : {std::string("\"},\"amount\":0,\"x\":{\""), std::string("\\"), std::string("a\nb\r\t\b\f"),
                             std::string("nul\0nul", 7), std::string("\x1f\x7f"), std::string("gr\xc3\xbc\xc3\x9f"),
                             std::string("\xf0\x9f\x98\x80</script>\xe2\x80\xa8")}) {
        auto invoice = recorded();
        invoice.mutable_user()->set_name(text);
        invoice.set_status(text);
        const auto actual = rendered(invoice);
        CHECK(actual.as_object().size() == 11);
        CHECK(actual.at("user").at("name").as_string() == text);
        CHECK(actual.at("status").as_string() == text);
        CHECK(actual.at("amount") == 3300);
    }
}

TEST_CASE("every character stands in a string as itself, wherever it is") {
    std::vector<std::string> characters = {"\xC2\x80", "\xC3\xBF", "\xE2\x82\xAC", "\xF4\x8F\xBF\xBF"};
    for (int c = 0; c < 0x80; ++c) characters.emplace_back(1, static_cast<char>(c));
    for (const auto& character : characters) {
        for (std::size_t before = 0; before < 18; ++before) {
            for (const std::string neighbour : {"x", " ", "\x7F", "\xC3\xA9", "\x01", "\""}) {
                std::string text;
                while (text.size() < before) text += neighbour;
                text += character;
                text += neighbour + "01234567";
                std::string written;
                base::append_json_string(written, text);
                // A character that needs no escape has none: the answer must not grow.
                const bool plain = text.find_first_of("\"\\") == std::string::npos &&
                                   std::none_of(text.begin(), text.end(), [](char c) { return c >= 0 && c < 0x20; });
                if (plain != (written.size() == text.size() + 2) || json::parse(written).as_string() != text)
                    FAIL(written);
            }
        }
    }
}

TEST_CASE("times are UTC with milliseconds, cut and not rounded") {
    const auto text = [](std::int64_t seconds, std::int32_t nanos) {
        google::protobuf::Timestamp time;
        time.set_seconds(seconds);
        time.set_nanos(nanos);
        std::string json;
        edge::JsonWriter(json).value(time);
        return json;
    };
    CHECK(text(0, 0) == R"("1970-01-01T00:00:00.000Z")");
    CHECK(text(0, 999'999'999) == R"("1970-01-01T00:00:00.999Z")");
    CHECK(text(951'782'400, 1'000'000) == R"("2000-02-29T00:00:00.001Z")");
    CHECK(text(-1, 0) == R"("1969-12-31T23:59:59.000Z")");
    CHECK(text(4'102'444'799, 0) == R"("2099-12-31T23:59:59.000Z")");
    CHECK(text(253'402'300'799, 0) == R"("9999-12-31T23:59:59.000Z")");
}

TEST_CASE("an invoice that is not paid shows why, behind all other keys") {
    auto invoice = recorded();
    auto& error = *invoice.mutable_payment_error();
    error.set_code("card_declined");
    const auto rendered_error = [&invoice] {
        const json::value admin = rendered(invoice);
        const json::value client = json::parse(edge::client_last_invoice(invoice));
        const json::value billing = json::parse(edge::billing_invoice(invoice)).at("data");
        for (const auto* surface : {&admin, &client, &billing})
            CHECK((surface->as_object().end() - 1)->key() == "paymentError");
        CHECK(client.at("paymentError") == admin.at("paymentError"));
        CHECK(billing.at("paymentError") == admin.at("paymentError"));
        return json::serialize(admin.at("paymentError"));
    };
    CHECK(rendered_error() == R"({"code":"card_declined","declineCode":null,"message":null})");
    error.set_decline_code("insufficient_funds");
    error.set_message("Your card has insufficient funds.");
    CHECK(rendered_error() == R"({"code":"card_declined","declineCode":"insufficient_funds",)"
                              R"("message":"Your card has insufficient funds."})");
}

TEST_CASE("a failed payment is told in a header, if its code can be in one") {
    const auto header_of = [](const v1::StripeInvoice& invoice) {
        http::Response response;
        edge::add_payment_error(invoice, response);
        return response.headers.empty() ? std::string() : response.headers.front().value;
    };
    v1::StripeInvoice invoice;
    CHECK(header_of(invoice).empty());
    invoice.mutable_payment_error()->set_code("card_declined");
    CHECK(header_of(invoice) == "card_declined");
    invoice.mutable_payment_error()->set_code("card\r\ndeclined");
    CHECK(header_of(invoice) == "payment_refused");
}
