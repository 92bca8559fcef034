// The body of POST /admin/api/invoices: the contract's own request, and every mistake in one.
#include "edge/requests/create_invoice_body.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

using quittance::edge::CreateInvoiceBody;
using quittance::edge::read_create_body;
using quittance::v1::CreateInvoiceRequest;

namespace {

std::string contract_request() {
    std::ifstream file(std::string(QUITTANCE_TEST_DATA) + "/contract/admin_create_invoice.request.json");
    std::ostringstream text;
    text << file.rdbuf();
    REQUIRE(file);
    return text.str();
}

std::string with_amount(const std::string& amount) {
    return R"({"customer":"cus_1","items":[{"name":"a","amount":)" + amount + "}]}";
}

std::string with_member(const std::string& member) {
    return R"({"customer":"cus_1","items":[{"name":"a","amount":1}],)" + member + "}";
}

std::string fields_of(const CreateInvoiceBody& body) {
    std::string fields;
    for (const auto& error : body.errors) {
        CHECK_FALSE(error.message.empty());
        fields += (fields.empty() ? "" : " ") + error.field;
    }
    return fields;
}

}  // namespace

TEST_CASE("the contract's own request is read, bare and wrapped") {
    const auto text = contract_request();
    for (const auto& body : {text, "{\"data\":" + text + "}", " \n" + text + "\r\n"}) {
        const auto read = read_create_body(body);
        CHECK_FALSE(read.malformed);
        CHECK(fields_of(read).empty());
        CHECK(read.request.stripe_customer_id() == "cus_OxIokju2aarNVm");
        CHECK(read.request.payment_method_id() == "pm_1O9OCiA0ZUrt0vQJ7GqrPclY");
        REQUIRE(read.request.items_size() == 1);
        // Untouched, with its leading blank: it becomes the line's description.
        CHECK(read.request.items(0).name() == " All resources");
        CHECK(read.request.items(0).amount_minor() == 1);
        CHECK(read.request.collect() == CreateInvoiceRequest::COLLECT_UNSPECIFIED);
        CHECK(read.request.currency().empty());
    }
}

TEST_CASE("every optional field is read, and null counts as absent") {
    const auto read = read_create_body(R"({"collect":"later","customer":"cus_1","currency":"EUR","description":"d",
        "footer":"f","metadata":{"order":"7","":"x"},"paymentMethod":null,
        "items":[{"amount":-5,"name":"credit"},{"amount":9223372036854775807,"name":"\u00fc\ud83d\ude00"}]})");
    CHECK(fields_of(read).empty());
    CHECK(read.request.collect() == CreateInvoiceRequest::COLLECT_LATER);
    CHECK(read.request.currency() == "EUR");
    CHECK(read.request.description() == "d");
    CHECK(read.request.footer() == "f");
    CHECK(read.request.payment_method_id().empty());
    CHECK(read.request.metadata().at("order") == "7");
    CHECK(read.request.items(0).amount_minor() == -5);
    CHECK(read.request.items(1).amount_minor() == INT64_MAX);
    CHECK(read.request.items(1).name() == "\xc3\xbc\xf0\x9f\x98\x80");
    CHECK(read_create_body(with_member(R"("collect":"now")")).request.collect() == CreateInvoiceRequest::COLLECT_NOW);
    CHECK(
        fields_of(
            read_create_body(with_member(
                R"("collect":null,"currency":null,"description":null,"footer":null,"metadata":null,"paymentMethod":null)")))
            .empty());
}

TEST_CASE("a body that is not a JSON object is malformed, with the reason") {
    const std::string deep(200'000, '[');
    std::string deep_object;
    for (int i = 0; i < 1'000; ++i) deep_object += R"({"data":)";
    for (const auto& body : {std::string(),
                             std::string(" "),
                             std::string("{"),
                             std::string("{}x"),
                             std::string("{} {}"),
                             std::string("[]"),
                             std::string("null"),
                             std::string("1"),
                             std::string("\"text\""),
                             std::string("{'a':1}"),
                             std::string("{\"a\":1,}"),
                             std::string("{\"a\":}"),
                             std::string("{a:1}"),
                             std::string("// c\n{}"),
                             std::string("\xef\xbb\xbf{}"),
                             std::string("{\"a\":NaN}"),
                             std::string("{\"a\":Infinity}"),
                             std::string("{\"a\":01}"),
                             std::string("{\"a\":+1}"),
                             std::string("{\"a\":\"\xff\"}"),
                             std::string("{\"a\":\"\\ud800\"}"),
                             std::string("{\"a\":\"\n\"}"),
                             std::string("{\"a\":\"\\x\"}"),
                             std::string("{\"a\":1\0}", 8),
                             std::string("{}\0", 3),
                             deep,
                             deep_object}) {
        INFO(body.substr(0, 60));
        const auto read = read_create_body(body);
        CHECK(read.malformed);
        CHECK_FALSE(read.detail.empty());
        CHECK(read.detail.size() < 200);
    }
}

TEST_CASE("an amount is an integer of 64 bits, written as one") {
    for (const std::string& good : {"0", "1", "-1", "9223372036854775807", "-9223372036854775808", " 7 "}) {
        INFO(good);
        const auto read = read_create_body(with_amount(good));
        CHECK(fields_of(read).empty());
        CHECK(read.request.items(0).amount_minor() == std::stoll(good));
    }
    for (const std::string& bad :
         {"1.5", "1.0", "1e2", "1E2", "1e-2", "\"10\"", "true", "false", "null", "[1]", "{}", "9223372036854775808",
          "-9223372036854775809", "18446744073709551615", "18446744073709551616",
          "100000000000000000000000000000000000000000", "1e400", "0.1", "-0.0"}) {
        INFO(bad);
        const auto read = read_create_body(with_amount(bad));
        if (read.malformed) continue;  // 1e400 is beyond any JSON number here: refused all the same
        CHECK(fields_of(read) == "items[0].amount");
        CHECK(read.request.items(0).amount_minor() == 0);
    }
}

TEST_CASE("every field that is wrong is named") {
    struct Case {
        std::string body;
        std::string fields;
    };
    const std::vector<Case> cases{
        {"{}", "customer items"},
        {R"({"customer":"cus_1"})", "items"},
        {R"({"items":[]})", "customer"},
        {R"({"customer":"","items":[]})", "customer"},
        {R"({"customer":" \t\r\n","items":[]})", "customer"},
        {R"({"customer":null,"items":[]})", "customer"},
        {R"({"customer":1,"items":[]})", "customer"},
        {R"({"customer":["cus_1"],"items":[]})", "customer"},
        {R"({"customer":"c","items":null})", "items"},
        {R"({"customer":"c","items":{}})", "items"},
        {R"({"customer":"c","items":"a"})", "items"},
        {R"({"customer":"c","items":[1]})", "items[0]"},
        {R"({"customer":"c","items":[null,[],"a"]})", "items[0] items[1] items[2]"},
        {R"({"customer":"c","items":[{}]})", "items[0].name items[0].amount"},
        {R"({"customer":"c","items":[{"amount":1}]})", "items[0].name"},
        {R"({"customer":"c","items":[{"name":"a"}]})", "items[0].amount"},
        {R"({"customer":"c","items":[{"name":"","amount":1}]})", "items[0].name"},
        {R"({"customer":"c","items":[{"name":"  ","amount":1}]})", "items[0].name"},
        {R"({"customer":"c","items":[{"name":7,"amount":1}]})", "items[0].name"},
        {R"({"customer":"c","items":[{"name":"a","amount":1,"price":2}]})", "items[0].price"},
        {R"({"customer":"c","items":[{"name":"a","amount":1},{"name":"b","amount":"1"}]})", "items[1].amount"},
        {with_member(R"("paymentMethod":"")"), "paymentMethod"},
        {with_member(R"("paymentMethod":7)"), "paymentMethod"},
        {with_member(R"("currency":["eur"])"), "currency"},
        {with_member(R"("description":{})"), "description"},
        {with_member(R"("footer":false)"), "footer"},
        {with_member(R"("metadata":[])"), "metadata"},
        {with_member(R"("metadata":"a")"), "metadata"},
        {with_member(R"("metadata":{"a":1,"b":"x","c":null})"), "metadata.a"},
        {with_member(R"("collect":"soon")"), "collect"},
        {with_member(R"("collect":"NOW")"), "collect"},
        {with_member(R"("collect":true)"), "collect"},
        {with_member(R"("Customer":"c","auto_advance":true)"), "Customer auto_advance"},
        {with_member(R"("idempotencyKey":"k")"), "idempotencyKey"},
        {with_member(R"("data":{})"), "data"},
        {R"({"data":null})", "data"},
        {R"({"data":[]})", "data"},
        {R"({"data":{"data":{}}})", "data customer items"},
        {R"({"data":{"items":[{"name":"a","amount":1.5}]}})", "items[0].amount customer"},
    };
    for (const auto& one : cases) {
        INFO(one.body);
        const auto read = read_create_body(one.body);
        CHECK_FALSE(read.malformed);
        CHECK(fields_of(read) == one.fields);
    }
}

TEST_CASE("a member that is given twice is refused: two readers could bill two sums") {
    struct Case {
        std::string body;
        std::string fields;
    };
    const std::vector<Case> cases{
        {R"({"customer":"a","customer":"b","items":[{"name":"a","amount":1}]})", "customer"},
        {R"({"customer":"a","customer":"a","items":[{"name":"a","amount":1}]})", "customer"},
        {R"({"customer":"a","\u0063ustomer":"b","items":[{"name":"a","amount":1}]})", "customer"},
        {with_amount(R"(1,"amount":100)"), "items[0].amount"},
        {R"({"customer":"c","items":[{"name":"a","amount":1},{"name":"b","name":"c","amount":1,"amount":2}]})",
         "items[1].name items[1].amount"},
        {R"({"customer":"c","items":[{"name":"a","amount":1}],"items":[]})", "items"},
        {with_member(R"("metadata":{"a":"1","a":"2"})"), "metadata.a"},
        {R"({"data":)" + with_amount(R"(1,"amount":100)") + "}", "items[0].amount"},
        {R"({"data":{},"data":)" + with_amount("1") + "}", "data"},
    };
    for (const auto& one : cases) {
        INFO(one.body);
        const auto read = read_create_body(one.body);
        CHECK_FALSE(read.malformed);
        CHECK(fields_of(read) == one.fields);
    }
    // The same name in different objects is not a duplicate.
    CHECK(
        fields_of(
            read_create_body(
                R"({"customer":"c","items":[{"name":"a","amount":1},{"name":"a","amount":1}],"metadata":{"name":"x"}})"))
            .empty());
}

TEST_CASE("a body full of mistakes gives a bounded list of them") {
    std::string items;
    for (int i = 0; i < 20'000; ++i) items += i == 0 ? "1" : ",1";
    const auto read = read_create_body(R"({"customer":"c","items":[)" + items + "]}");
    CHECK(read.errors.size() == 100);
    CHECK(read.errors.back().field == "items[99]");
    std::string members;
    for (int i = 0; i < 20'000; ++i) members += R"("a":1,)";
    const auto repeated = read_create_body("{" + members + R"("customer":"c"})");
    CHECK(repeated.errors.size() <= 100);
    CHECK_FALSE(repeated.errors.empty());
}

TEST_CASE("long names are cut and errors beyond the hundredth are counted") {
    const std::string name(500'000, 'n');
    std::string twice;
    for (int i = 0; i < 150; ++i) {
        const auto member = "\"a" + std::to_string(i) + "\":1,";
        twice += member + member;
    }
    twice.pop_back();
    const auto read = read_create_body("{\"" + name + "\":{" + twice + "}}");
    REQUIRE(read.errors.size() == 100);
    CHECK(read.errors.front().field == name.substr(0, 216) + "… (499787 bytes more)");
    CHECK(read.errors.front().message == "is given more than once");
    // 50 more duplicates, the unknown field itself, and `customer` and `items`, which are missing.
    CHECK(read.errors_omitted == 53);
}

TEST_CASE("300 items have a valid form: the gateway limits their number") {
    std::string items;
    for (int i = 0; i < 300; ++i) items += std::string(i == 0 ? "" : ",") + R"({"name":"a","amount":1})";
    const auto read = read_create_body(R"({"customer":"c","items":[)" + items + "]}");
    CHECK(read.errors.empty());
    CHECK(read.request.items_size() == 300);
}
