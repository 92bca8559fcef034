// The shapes of the Client and Billing APIs against the contract's recorded answers: the same keys in the same order
// with the same types, then ours. Also the arithmetic of numbered pages.
#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "edge/responses/invoice_json.hpp"

using namespace quittance;
namespace json = boost::json;

namespace {

json::value contract(const std::string& name) {
    std::ifstream file(std::string(QUITTANCE_TEST_DATA) + "/contract/" + name);
    std::ostringstream text;
    text << file.rdbuf();
    REQUIRE(file);
    return json::parse(text.str());
}

bool same_type(const json::value& left, const json::value& right) {
    return left.kind() == right.kind() || (left.is_number() && right.is_number());
}

// Every key of `theirs` is in `ours`, at the same place and with the same type, at every depth.
void check_shape(const json::value& ours, const json::value& theirs, const std::string& path) {
    INFO(path);
    REQUIRE(same_type(ours, theirs));
    if (theirs.is_object()) {
        auto our_member = ours.as_object().begin();
        for (const auto& member : theirs.as_object()) {
            REQUIRE(our_member != ours.as_object().end());
            CHECK(our_member->key() == member.key());
            check_shape(our_member->value(), member.value(), path + "." + std::string(member.key()));
            ++our_member;
        }
    } else if (theirs.is_array() && !theirs.as_array().empty()) {
        REQUIRE_FALSE(ours.as_array().empty());
        check_shape(ours.as_array().front(), theirs.as_array().front(), path + "[0]");
    }
}

v1::Invoice invoice() {
    v1::Invoice invoice;
    invoice.set_id("65490130ff600e06af2a9694");
    invoice.set_stripe_invoice_id("in_1");
    invoice.set_account("default");
    invoice.set_stripe_customer_id("cus_1");
    invoice.mutable_user()->set_id("6548a41138406c14db33b606");
    invoice.mutable_user()->set_name("John Doe");
    invoice.set_status("paid");
    invoice.set_amount_minor(3300);
    invoice.set_subtotal_minor(3000);
    invoice.set_tax_minor(300);
    invoice.set_currency("eur");
    invoice.set_attempt_count(1);
    invoice.set_invoice_pdf_url("https://pay.stripe.com/x");
    invoice.mutable_create_time()->set_seconds(1'699'283'248);
    invoice.mutable_create_time()->set_nanos(550'000'000);
    invoice.mutable_update_time()->set_seconds(1'699'283'266);
    invoice.mutable_last_payment_attempt_time()->set_seconds(1'699'283'264);
    invoice.mutable_period_start()->set_seconds(1'699'283'248);
    invoice.mutable_period_end()->set_seconds(1'699'283'248);
    auto& one_off = *invoice.add_lines();
    one_off.set_id("il_1");
    one_off.set_kind("invoiceitem");
    one_off.set_invoice_item_id("ii_1");
    auto& subscribed = *invoice.add_lines();
    subscribed.set_id("il_2");
    subscribed.set_kind("subscription");
    subscribed.set_subscription_id("sub_1");
    subscribed.set_subscription_item_id("si_1");
    subscribed.set_price_id("price_1");
    subscribed.set_amount_minor(3000);
    subscribed.set_currency("eur");
    subscribed.set_description("Seats");
    auto& proration = *invoice.add_lines();
    proration.set_id("il_3");
    proration.set_kind("invoiceitem");
    proration.set_subscription_item_id("si_1");
    proration.set_proration(true);
    return invoice;
}

v1::ListInvoicesResponse list_of(int count, std::int64_t total) {
    v1::ListInvoicesResponse list;
    for (int i = 0; i < count; ++i) *list.add_invoices() = invoice();
    list.set_total_size(total);
    return list;
}

v1::GetBillingHistoryResponse history_of(int count, std::int64_t total, std::int64_t page, std::int64_t limit,
                                         std::int64_t pages) {
    v1::GetBillingHistoryResponse history;
    for (int i = 0; i < count; ++i) *history.add_invoices() = invoice();
    history.set_total_size(total);
    history.set_page(page);
    history.set_page_size(static_cast<std::int32_t>(limit));
    history.set_total_pages(pages);
    return history;
}

}  // namespace

TEST_CASE("the Client API's answers have the contract's shape") {
    check_shape(json::parse(edge::client_last_invoice(invoice())), contract("client_last_invoice.response.json"), "$");
    check_shape(json::parse(edge::client_billing_history(history_of(1, 1, 1, 10, 1))),
                contract("client_billing_history.response.json"), "$");
}

TEST_CASE("the Billing API's answers have the contract's shape") {
    check_shape(json::parse(edge::billing_invoice(invoice())), contract("v1_get_invoice.response.json"), "$");
    check_shape(json::parse(edge::billing_list(list_of(2, 2), true)), contract("v1_list_invoices.response.json"), "$");
}

TEST_CASE("a rich invoice separates one-off lines from those of a subscription") {
    const auto data = json::parse(edge::billing_invoice(invoice())).at("data").as_object();
    CHECK(data.at("invoiceItems") == json::array{"ii_1"});
    REQUIRE(data.at("subscriptionItems").as_array().size() == 2);
    CHECK(data.at("subscriptionItems").at(0).at("id") == "il_2");
    CHECK(data.at("subscriptionItems").at(0).at("total") == 3000);
    CHECK(data.at("subscriptionItems").at(0).at("invoiceId") == "65490130ff600e06af2a9694");
    CHECK(data.at("subscriptionItems").at(1).at("id") == "il_3");
    CHECK(data.at("status") == "PAID");
    CHECK(data.at("subTotal") == 3000);
    CHECK(data.at("taxTotal") == 300);
    CHECK(data.at("lastPaymentAttemptDate") == "2023-11-06T15:07:44.000Z");
    CHECK(data.at("createdAt") == "2023-11-06T15:07:28.550Z");
}

TEST_CASE("a rich invoice has null for unknown values") {
    v1::Invoice draft;
    draft.set_status("draft");
    const auto data = json::parse(edge::billing_invoice(draft)).at("data").as_object();
    for (const char* name : {"pdfUrl", "lastPaymentAttemptDate", "periodStart", "periodEnd", "paymentProfileId"})
        CHECK(data.at(name).is_null());
    CHECK(data.at("invoiceItems").as_array().empty());
}

TEST_CASE("numbered pages count as mongoose-paginate does") {
    struct Row {
        std::int64_t total, page, limit, pages, counter;
        bool previous, next;
    };
    const Row rows[] = {{0, 1, 10, 1, 1, false, false},  {1, 1, 10, 1, 1, false, false},
                        {10, 1, 10, 1, 1, false, false}, {11, 1, 10, 2, 1, false, true},
                        {11, 2, 10, 2, 11, true, false}, {95, 5, 10, 10, 41, true, true},
                        {11, 7, 10, 2, 61, true, false}, {0, 3, 10, 1, 21, true, false},
                        {3, 2, 1, 3, 2, true, true},     {100, 1, 100, 1, 1, false, false}};
    for (const auto& row : rows) {
        INFO(row.total << " invoices, page " << row.page << " of " << row.limit);
        const auto answer = history_of(0, row.total, row.page, row.limit, row.pages);
        const auto page = json::parse(edge::client_billing_history(answer)).as_object();
        CHECK(page.at("totalDocs") == row.total);
        CHECK(page.at("limit") == row.limit);
        CHECK(page.at("totalPages") == row.pages);
        CHECK(page.at("page") == row.page);
        CHECK(page.at("pagingCounter") == row.counter);
        CHECK(page.at("hasPrevPage") == row.previous);
        CHECK(page.at("hasNextPage") == row.next);
        CHECK((row.previous ? page.at("prevPage") == row.page - 1 : page.at("prevPage").is_null()));
        CHECK((row.next ? page.at("nextPage") == row.page + 1 : page.at("nextPage").is_null()));
    }
}

TEST_CASE("the settlement comes after every other key") {
    auto refunded = invoice();
    refunded.set_amount_refunded_minor(1300);
    refunded.set_settlement("partially_refunded");
    auto page = history_of(0, 1, 1, 10, 1);
    *page.add_invoices() = refunded;
    const auto last = json::parse(edge::client_last_invoice(refunded)).as_object();
    const auto history = json::parse(edge::client_billing_history(page)).at("docs").at(0).as_object();
    const auto rich = json::parse(edge::billing_invoice(refunded)).at("data").as_object();
    for (const auto& object : {last, history, rich}) {
        CHECK(object.at("amountRefunded") == 1300);
        CHECK((object.end() - 2)->key() == "amountRefunded");
        CHECK((object.end() - 1)->key() == "settlement");
        CHECK(object.at("settlement") == "partially_refunded");
    }
    CHECK(json::parse(edge::billing_invoice(invoice())).at("data").at("settlement") == "none");
}
